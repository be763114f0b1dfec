"""The interval lake: 15-minute and hourly data as Parquet, and the determinants made of it.

Here: landing of interval and price files (`landing.py`, `prices.py`),
the Ibis expressions (`expressions.py`), the two engines (`engines.py`),
what is to be computed again (`planning.py`), the writer (`writing.py`).
Not here: the readers of formats (operational/metering/formats/intervals),
and what billing makes of determinants.
Open first: `landing.py`, `expressions.py`, `determining.py`.
"""
