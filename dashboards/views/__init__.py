"""One file per page; thin: read (data.py), draw (charts.py), show (page.py)."""
