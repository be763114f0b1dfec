"""Channels: one module per way out of the house. Each takes a ready message and either delivers it or says
why not.

Open first: `smtp.py`, `smsapi.py`, `letters.py`.
"""
