"""Interest for late payment and recovery compensation: notes, waivers, and interest on receipt of a payment.

Here: issuing what the warehouse proposes (``prop_interest_notes``), waiving, notes that a payment brings
about, and reading them. Not here: the computation over all bills (dbt), reminders (``dunning``).
Open first: ``issuing.py`` (a run), ``rules.py`` (the formula for one bill), ``sql/differences.sql``.
"""
