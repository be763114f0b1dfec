"""Service: contact log, tasks and queues, complaints with their clock, the watch from signature to bill.

Here: what was said with a customer, what is still to do and by when, complaints from receipt to answer, and
which signed contracts are late on their way to the first bill. Not here: the correction itself (``billing``
follows the corrected data), refunds (``finance``), the hold of dunning (the database opens a dispute).
Open first: ``complaints.py``, ``tasks.py``, ``watch.py``.
"""
