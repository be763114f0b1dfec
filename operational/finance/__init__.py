"""E-Finanse: ledger, open items, allocations, payments from bank files, interest notes.

Here: `formats/` (bank statements, pure). Not here: reminders (dunning), invoices (billing, documents).
Open first: ``formats/mt940.py``, ``formats/statements.py``.
"""
