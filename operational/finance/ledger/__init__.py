"""The ledger as people look at it: chart of accounts, journal, account card, confirmation of a balance,
export.

Here: reads over ``ledger_transfers`` and batches for the ERP. Not here: who writes movements (``posting``,
``refunds``, ``write_offs``, ``interest``, ``billing``). Open first: ``card.py``, ``journal.py``,
``printing.py``.
"""
