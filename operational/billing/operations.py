"""Writes of billing: make, approve and issue a run."""
