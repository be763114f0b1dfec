"""What-if: a month of the whole portfolio computed by the same models under other prices or another law.

Here: what is supposed (rates.py), asking and keeping the outcome (operations.py), reading it (queries.py).
Not here: the computation itself, which dbt does beside the proposals (orchestration/simulation.py), and the
pages (billing/web_simulation.py). Nothing issued is read for it or changed by it.
"""
