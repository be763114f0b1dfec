"""Assets of the lineage, from the files in the inbox to the marts.

Here: what runs when an asset is materialised, and what is told about it. Not here: business rules
(``operational``, ``dbt``), checks (``checks.py``), when things run (``schedules.py``, ``sensors.py``).
Open first: files.py (inbox to facts), warehouse.py (dbt in the lineage), billing.py (proposals to documents).
"""
