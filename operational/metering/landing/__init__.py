"""The gate for distributors' files: what a file becomes in raw, in quarantine and in the facts.

Lives here: landing a file in one transaction, judging its rows by sets, quarantine and the second try. Not
here: reading the bytes (`formats/`), pages (`web.py`), what is billed (`billing`).
Open first: load.py (the order of the steps), readings.py (the rules as SQL), messages.py (codes, reasons,
cures).
"""
