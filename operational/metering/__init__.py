"""Supply points, meters, readings and the files they come from.

Here: `queries.py` (reads), `formats/` (parsers of distributors' files), `web.py` (pages). Not here:
contracts and customers (`crm`, above), what is billed (`billing`).
Open first: `queries.py`, `formats/__init__.py`, `web.py`.
"""
