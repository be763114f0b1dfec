"""Changes of contracts that run: amendments, assignments, terminations, ends of fixed terms, indexations.

Every change closes the known version of a dated fact and records a new one, so billing follows by data; what
was billed before is corrected by itself. Not here: signing a new contract (``crm/contracts``), prices
(``crm/products``), debit notes and moved balances (``finance/notes.py``). Open first: ``amending.py``,
``assigning.py``, ``versions.py``.
"""
