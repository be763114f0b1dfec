"""The proof bundle of a document: one ZIP with which anybody can compute the bill anew, without us.

Here: gathering the document and the rows behind it (`bundle.py`) and the script that goes into the ZIP
(`recompute.py`, standard library only). Not here: the explanation shown on screens (`documents/explain.py`).
Open first: `recompute.py`, `bundle.py`.
"""
