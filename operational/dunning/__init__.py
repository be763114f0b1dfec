"""E-Windykacje: reminders, procedures, cases with their steps, what protects a payer, orders to
distributors.

Here: who is asked for money when, by which procedure, and what stops it. Not here: what is owed
(``finance``), how a message reaches the customer (``messaging``), when a night runs (``orchestration``).
Open first: ``night.py`` (a night, batch by batch), ``sql/08_due_steps.sql`` (which step comes next) and
``rules.py``.
"""
