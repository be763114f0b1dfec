"""Messaging: what leaves the house after the commit - e-mail, SMS, letters, notices in EBOK.

Here: the queue with its keys, versioned texts, delivery with attempts and doubt, one adapter per channel,
letter batches, bounces and reports, the outbox monitor. Not here: who gets what and why
(the room that queues the message decides) and the PDF of a document (`documents/rendering.py`).
How often a customer gets a message: docs/messages.md.
Open first: `operations.py`, `delivery.py`, `texts.py`.
"""
