"""When things run and in which order: Dagster assets, checks, schedules, the command line, the simulated
market.

Here: orchestration and the outside world's simulator. Not here: any business rule, which belongs to
``operational`` or ``dbt``. Open first: ``definitions.py``, ``cli/__init__.py``, ``simulator/__init__.py``.
"""
