"""What the customer portal shows of the account: documents with what is still open on each. Open first:
`queries.py`.
"""
