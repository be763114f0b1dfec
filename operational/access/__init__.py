"""Who may log in and what each may see: staff users, their sessions and roles, customer log-ins.

Here: password hashing, delays after failed log-ins, staff sessions,
the matrix of permissions. Not here: pages
(`web.py` is the only file that knows Flask) and what a customer may see (row-level security in the database).
Open first: `operations.py`, `rules.py`, `permissions.yaml`.
"""
