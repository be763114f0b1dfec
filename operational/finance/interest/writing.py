"""Writing notes: what stands in the temporary tables ``note_heads_due`` and ``note_lines_due`` becomes
notes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse

SQL: Final = Path(__file__).parent / "sql"


def write_notes(session: Session, *, as_of: datetime) -> Sequence[Any]:
    """Number and write the notes with lines, movements and open items, one statement for all customers.

    Return note_id, kind, customer_id, amount and open_item_id of each. The customers are locked by the
    caller.
    """
    return session.execute(warehouse.statement(SQL / "write.sql"), {"as_of": as_of}).all()


def drop_due(session: Session) -> None:
    """Drop the temporary tables, if they are there."""
    session.execute(text("drop table if exists pg_temp.note_lines_due, pg_temp.note_heads_due"))
