"""E-BI: what analysts and finance see. Reads schema `marts` by a read-only role and imports nothing of ours.

Here: pages (views/), SQL (data.py), figures (charts.py), numbers (format.py). Not here: sums of a mart.
Open first: app.py (which pages there are), data.py (all SQL), charts.py (DataFrame -> Figure).
"""
