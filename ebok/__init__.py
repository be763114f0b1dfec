"""The customer portal (EBOK): a Flask app over queries and operations of ``operational``.

Here: pages, log-in and templates of customers. Not here: SQL, tables, business rules; which rows a page sees
is decided by row-level security of the role ``iris_ebok`` for the session token. Open first: ``factory.py``,
``guard.py``, ``pages/home.py``.
"""
