"""Reference data: dated values set by law and market.

Here live VAT, excise, statutory and distribution rates, zone masks, gas conversion factors, interest rates,
days off, the catalogue of charges and the distributors, each value with its source, as CSV files in ``data/``
and in versioned tables. Not here: the seller's own prices (``crm/products``) and everything about customers.
Open first: ``operations.py`` (loading), ``queries.py`` (rate on a date), ``data/dso_rates.csv``.
"""
