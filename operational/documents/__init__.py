"""Documents: issued invoices and corrections, what stands on them, how they are explained and printed.

Here: reads of documents, the sheet of one document, PDF by Typst, stored renditions. Not here: deciding what
to bill (`billing/`) and sending (`messaging/`). Open first: `queries.py`, `sheet.py`, `rendering.py`.
"""
