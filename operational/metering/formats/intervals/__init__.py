"""Interval data, market prices and conversion factors as they come: readers and layouts, no database.

Here: the layouts of tables as data (data/*.toml), readers of MSCONS, NEM12 and Green Button. Not here: landing
in the lake and large tables, which DuckDB reads by these layouts (orchestration/intervals).
Open first: `layouts.py`, `model.py`, `detect.py`.
"""  # noqa: E501
