"""Words that every room may use; imports nothing of ours and holds no business rule of a room.

Here: settings, errors, money, calendar (Warsaw days and holidays), half-open periods, identifiers with check
digits, database engines by role, the embedded PostgreSQL server. Not here: anything that knows a table.
Open first: ``settings.py``, ``db.py``, ``calendar.py``.
"""
