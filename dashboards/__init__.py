"""E-BI: what analysts and finance see. Reads schema `marts` through a read-only role and nothing else of ours.

Here: pages (views/), the SQL (data.py), figures (charts.py), Polish numbers (format.py). Not here: any rule or sum that a mart should hold.
Open first: app.py (which pages there are), data.py (all SQL), charts.py (DataFrame -> Figure).
"""
