"""Papers (offers, contracts, notices): texts that the supplier edits, filled and kept as PDF.

Here: the small markup of templates, their versions, filling, received scans. Not here: invoices and notes
(`documents/rendering.py`), messages (`messaging/`), who needs which paper when (the rooms that call `fill`).
Open first: `operations.py`, `markup.py`, `data/templates.json`.
"""
