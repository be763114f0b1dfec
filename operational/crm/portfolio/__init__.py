"""Import of a whole portfolio: customers, points, meters, price lists and contracts in one set-based step.

Not here: single changes during the life of a contract (``crm/contracts``, ``crm/products``, ``metering``).
Open first: ``rows.py`` (what a portfolio is made of), ``operations.py`` (the import), ``validation.py``.
"""
