"""Validation of readings, volumes, determinants and gas factors: rules V1 to V13, each a statement over sets.

Here: `passes.py` (a pass over what is new), `editing.py` (setting a reading aside, asking for a new one),
`sql/` (the rules). Not here: the refusal of rows at the gate (`landing/`), the estimate of what is missing
(the warehouse), what a person decides about a finding (`billing/resolving.py`).
Open first: `passes.py`, `sql/chains.sql`, `sql/V3.sql`.
"""
