"""Great Expectations at the gate: what rows of files must look like before they become facts.

Here: suites as data and the run of a suite over the rows of one file. Not here: rules that need the register
of points and meters (``operational/metering/landing``). Great Expectations is slow to import, so it is
imported inside functions.
Open first: suites.py (what is expected), gate.py (how a suite runs and what becomes of rows that fail).
"""
