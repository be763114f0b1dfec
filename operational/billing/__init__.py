"""Billing acts: runs, approval, guards, exceptions and the issue step that turns targets into documents.

Here: what is decided and written when the warehouse's proposals become invoices and corrections. Not here:
computing the targets (``dbt``), reading and printing documents (``documents``), when a run starts
(``orchestration``). Open first: ``issuing.py`` (one batch, one transaction), ``operations.py`` (runs),
``sql/pending.sql``.
"""
