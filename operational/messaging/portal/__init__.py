"""What the customer portal shows of messaging: the customer's own notices, and that they were read.

Open first: `queries.py`.
"""
