"""Writes of the portal under the role iris_ebok: that a notice was read."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


def mark_read(session: Session, *, message_ids: list[int], customer_id: int, as_of: datetime) -> None:
    """Remember when the customer first opened notices; row-level security refuses those of others."""
    session.execute(
        text("""
            insert into operational.notice_reads (message_id, customer_id, read_at)
            select m.id, m.customer_id, :as_of from operational.messages m
             where m.id = any(:ids) and m.customer_id = :customer_id
               and not exists (select from operational.notice_reads r where r.message_id = m.id)
            on conflict do nothing"""),
        {"ids": message_ids, "customer_id": customer_id, "as_of": as_of},
    )
