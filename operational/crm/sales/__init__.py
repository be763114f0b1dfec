"""Selling: leads, offers, campaigns and mass renewal offers.

A lead is somebody who may buy; an offer is what they are shown, with figures that stay as they were counted;
a campaign is a list of people chosen by a rule, with what came of it. Not here: prices and floors
(``products``), the contract that an accepted offer opens (``contracts``), the wording of the printed offer
(``documents/papers``), delivery of messages (``messaging``). Open first: ``leads.py``, ``offers.py``,
``campaigns.py``.
"""
