"""Supply points, meters, readings and the files they come from.

Here: `queries.py` (reads), `formats/` (parsers of distributors' files), `validation/` (rules V1 to V13),
`reporting.py` (readings that people report), `web.py` (pages). Not here:
contracts and customers (`crm`, above), what is billed (`billing`).
Open first: `queries.py`, `formats/__init__.py`, `web.py`.
"""
