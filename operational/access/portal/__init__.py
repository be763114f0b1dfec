"""Log-in of customers: sessions of the portal, kept where only the role iris_auth and the database's own
look-up read.

Here: checking a password, starting, continuing and ending a session. Not here: what a customer sees
(row-level security) and pages (`ebok/`). Open first: `operations.py`.
"""
