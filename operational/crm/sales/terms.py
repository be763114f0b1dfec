"""Dated terms of selling: days of validity, least history, likeness of names."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.sales.rules import SalesError
from operational.kernel.rows import first


def term(session: Session, *, code: str, on: date) -> Decimal:
    """Return a term of selling on a day; raise SalesError when none is set."""
    row = first(
        session,
        "select value from operational.sales_terms where code = :code and superseded_at is null"
        " and valid_from <= :on and (valid_to is null or valid_to > :on)",
        {"code": code, "on": on},
    )
    if row is None:
        raise SalesError("sales_term_missing", f"No value of {code} holds on {on}. Add it to sales_terms.")
    return Decimal(row.value)
