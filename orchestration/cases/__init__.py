"""Billing cases: YAML files that say what is known and what the bill must be, run through the real warehouse.

Here: the file format, its loading into a scratch database, one dbt build per step for all cases, the
comparison. Not here: billing rules (``dbt/``) and the command line (``cli/cases.py``). Open first:
``format.py``, ``running.py``, ``docs/cases.md``.
"""
