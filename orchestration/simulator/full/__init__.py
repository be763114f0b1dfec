"""The full market: every product the billing knows, one or two points of each, with interval data and prices.

Here: the customers (`customers.py`), the truth of every interval (`truth.py`), the files of intervals and
prices with their faults (`metering.py`, `prices.py`), changes of law (`law.py`), and the comparison of what
was billed with the truth (`conservation.py`). Not here: registers, volumes and bank, which are those of the
plain market. Open first: `customers.py`, `playing.py`, `conservation.py`.
"""
