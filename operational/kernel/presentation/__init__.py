"""How facts look on a page, free of any web framework.

Here: Polish and English formatting of money, energy, dates and identifiers; inline icons; inline-SVG
charts; the bank association's 2D transfer code. Not here: templates, requests, translations of words
(each app has its own catalogue), and anything that reads the database.

Open first: `formatting.py`, `charts.py`, `transfer_qr.py`.
"""
