"""Writes of the portal under the role iris_ebok: a new complaint, a message about one.

Row-level security refuses whatever is not the customer's own.
"""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.service.complaints import NewComplaint, Registered, register_complaint
from operational.crm.service.rules import ServiceRefused, wrong

__all__ = ["NewComplaint", "Registered", "ServiceRefused", "complain", "write"]


def complain(session: Session, *, given: NewComplaint, request_key: UUID, as_of: date) -> Registered:
    """Register a complaint once per key of the form: a second click gets the first complaint back.

    Raises ServiceRefused naming the wrong fields. The caller commits.
    """
    known: Any = session.execute(
        text("""select id, public_id::text, number, due_on from operational.complaints
                 where request_key = :key and customer_id = :customer"""),
        {"key": request_key, "customer": given.customer_id},
    ).one_or_none()
    if known is not None:
        return Registered(*known)
    return register_complaint(
        session,
        given=replace(given, channel="ebok", received_on=as_of, owner="", request_key=request_key),
        as_of=as_of,
    )


def write(session: Session, *, public_id: str, customer_id: int, body: str, as_of: date) -> None:
    """Add a message of the customer to an open complaint of theirs. The caller commits."""
    if not body.strip():
        raise wrong(body="missing")
    found = session.execute(
        text("""select id, closed_on from operational.complaints
                 where public_id::text = :id and customer_id = :customer"""),
        {"id": public_id, "customer": customer_id},
    ).one_or_none()
    if found is None:
        raise ServiceRefused("complaint_not_found", "There is no such complaint.")
    if found.closed_on is not None:
        raise ServiceRefused("complaint_closed", "The complaint is closed already. Register a new one.")
    session.execute(
        text("""insert into operational.complaint_events (complaint_id, kind, body, is_public, happened_on)
                values (:id, 'customer_message', :body, true, :day)"""),
        {"id": found.id, "body": body.strip()[:8000], "day": as_of},
    )
