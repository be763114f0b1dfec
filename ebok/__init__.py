"""The customer portal (EBOK): a Flask app over queries and operations of ``operational``.

Here: pages, log-in and templates of customers. Not here: SQL, tables, business rules; rows are shown by row-level
security of the role ``iris_ebok`` only. Open first: ``wsgi.py``.
"""
