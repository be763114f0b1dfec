"""The domain core of IRIS and the staff app; owner of the database schema ``operational``.

Here: rooms (crm, metering, billing, documents, finance, ...) with tables, reads, writes and pages, the
kernel they share, the migrations. Not here: the customer portal (``ebok``), when things run
(``orchestration``), the warehouse (``dbt``) and dashboards. Open first: ``kernel/__init__.py``,
``migrations/versions/0001_foundation.sql``, ``warehouse.py``.
"""
