"""Messaging: what leaves the house after the commit, from the outbox: e-mail, letter batches, notices in
EBOK.

Here: delivery with attempts and back-off, one adapter per channel, the state of each message. Not here: who
gets what and why (the room that wrote the outbox row decides) and the PDF itself (`documents/rendering.py`).
Open first: `operations.py`, `channels/smtp.py`, `queries.py`.
"""
