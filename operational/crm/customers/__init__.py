"""Customers: households, businesses and public bodies, their contact data and notes.

Open first: `queries.py`, `operations.py`, `rules.py`.
"""
