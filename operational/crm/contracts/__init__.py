"""Contracts, their dated terms and the supply points they cover. Open first: `queries.py`."""
