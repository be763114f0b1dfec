"""The staff application: how the rooms' pages become one Flask app.

Here: `create_app`, the guard (log-in and permissions, default deny), security headers, error pages,
  forms that act
once, shared templates and the static kit. Not here: business rules (rooms' `rules` and `operations`),
  nor pages of a
single room (`<room>/web.py`, which belong to this layer and may use its helpers).
Open first: `factory.py`, `guard.py`, `support.py`.
"""
