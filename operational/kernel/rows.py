"""Plain SQL in, rows out: three calls that every `queries.py` may use.

Rows come back as `Any`, because plain SQL has no static type; the frozen dataclass that a query builds from
them is the type. Values are always bound parameters, never part of the text.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


def rows(session: Session, sql: str, given: Mapping[str, Any] | None = None) -> list[Any]:
    """Return all rows of a statement."""
    return list(session.execute(text(sql), dict(given or {})))


def first(session: Session, sql: str, given: Mapping[str, Any] | None = None) -> Any:
    """Return the only row of a statement, or None; more than one row is an error."""
    return session.execute(text(sql), dict(given or {})).one_or_none()


def one(session: Session, sql: str, given: Mapping[str, Any] | None = None) -> Any:
    """Return the one row that the statement must have."""
    return session.execute(text(sql), dict(given or {})).one()
