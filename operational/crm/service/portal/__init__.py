"""Complaints as their customer sees them: used by the portal under the role iris_ebok."""
