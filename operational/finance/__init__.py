"""E-Finanse: money in from the bank, the customers' accounts, and what is still open.

Here: landing bank files, posting them to the ledger, suspense, allocation of credits to debts (art. 451 KC),
balances. Not here: documents and their ledger rows (``billing``), reminders (``dunning``), screens (``app``).
Open first: ``operations.py`` (everything that writes), ``queries.py`` (everything that reads), ``rules.py``.
"""
