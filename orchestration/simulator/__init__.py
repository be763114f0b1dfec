"""The simulator: the outside world of a supplier, seeded and deterministic.

Here: the truth (every kWh used), an invented portfolio with story customers, distributors that send late,
missing, estimated and wrong data and correct them later, a bank whose customers pay what they were really
billed. Not here: any rule of ours; the simulator only makes files and changes. Open first: ``market.py``
(what is simulated), ``dso.py`` (what a distributor sends), ``bank.py`` (how customers pay).
"""
