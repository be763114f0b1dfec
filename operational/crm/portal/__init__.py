"""What the customer portal shows of CRM: the customer's own data, contracts, points and prices. Open first:
`queries.py`.
"""
