"""Contracts: drafts and the wizard, signature and withdrawal, requested starts and activation, lists, pages.

Not here: changes of running contracts (``crm.changes``), the change of supplier (``switching``), offers
(``crm.sales``). Open first: ``drafts.py``, ``signing.py``, ``activation.py``.
"""
