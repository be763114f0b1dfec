"""E-Switching: a case per supply point from the signed contract to the day of supply,
and back when a customer leaves.

Here: the state of each case, papers, messages with distributors and the national hub, deadlines, remedies.
Not here: what was signed (``crm.contracts``), the text of papers (``documents.papers``), billing, which
follows from the supply that a confirmed case records. Open first: ``rules.py`` (which state follows which),
``night.py`` (what happens by itself every day), ``channels/adapter.py`` (what goes to a distributor and comes
back).
"""
