"""Reads that one page needs from several rooms at once; plain SQL, frozen dataclasses, no writes.

A read of a single room stands in that room's `queries.py`. Open first: `customer_page.py`, `search.py`,
`tasks.py`.
"""
