"""Products, price lists and their dated prices. Open first: `queries.py`."""
