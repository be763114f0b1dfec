"""What the customer portal shows of documents: the sheet of an own document, use by period. Open first:
`queries.py`.
"""
