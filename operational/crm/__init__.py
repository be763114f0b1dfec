"""Customers: who they are, what they bought and on which terms.

Here live customers, products with their price lists, contracts and the import of whole portfolios. Not here:
what is measured (``metering``), billed (``billing``) or owed (``finance``). Open first:
``portfolio/operations.py``, ``contracts/operations.py``, ``products/operations.py``.
"""
