"""Reads of the portal under the role iris_ebok: own complaints with their state and answers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.service.complaint_queries import Category, Choice, categories
from operational.kernel.rows import first, rows

__all__ = ["Category", "Choice", "categories", "choices", "complaint", "complaints", "messages"]


@dataclass(frozen=True, slots=True)
class OwnComplaint:
    """A complaint of the customer; `is_deemed`: no answer came in time, so by law it is accepted."""

    id: int
    public_id: str
    number: str
    category_pl: str
    category_en: str
    subject: str
    body: str
    received_on: date
    due_on: date
    state: str
    outcome: str
    is_deemed: bool
    answer: str
    answered_on: date | None
    remedy: str
    granted_amount: Decimal | None
    document_public_id: str | None
    document_number: str


@dataclass(frozen=True, slots=True)
class Message:
    """An entry of the thread that the customer may see."""

    kind: str
    body: str
    recorded_at: datetime


_OWN = """
  select k.id, k.public_id::text, k.number, g.name_pl, g.name_en, k.subject, k.body, k.received_on, k.due_on,
    k.state, coalesce(k.outcome, ''), k.closed_on is null and k.due_on < :today and d.is_deemed_accepted,
    k.answer, k.answered_on, k.remedy, k.granted_amount, doc.public_id::text, coalesce(doc.number, '')
  from operational.complaints k
  join operational.complaint_categories g on g.code = k.category_code
  join operational.complaint_deadlines d on d.id = k.deadline_id
  left join operational.documents doc on doc.id = k.document_id
  where k.customer_id = :customer"""


def complaints(session: Session, *, customer_id: int, today: date) -> list[OwnComplaint]:
    """Return the customer's complaints, open ones first."""
    found = rows(
        session,
        _OWN + " order by k.closed_on is not null, k.received_on desc, k.id desc limit 200",
        {"customer": customer_id, "today": today},
    )
    return [OwnComplaint(*row) for row in found]


def complaint(session: Session, *, public_id: str, customer_id: int, today: date) -> OwnComplaint | None:
    """Return one complaint of the customer, or None when it is not theirs."""
    row = first(
        session,
        _OWN + " and k.public_id::text = :id",
        {"customer": customer_id, "today": today, "id": public_id},
    )
    return OwnComplaint(*row) if row else None


def messages(session: Session, *, complaint_id: int) -> list[Message]:
    """Return the thread of a complaint in order."""
    found = rows(
        session,
        """select kind, body, recorded_at from operational.complaint_events
            where complaint_id = :id and is_public order by id""",
        {"id": complaint_id},
    )
    return [Message(*row) for row in found]


def choices(session: Session, *, customer_id: int) -> tuple[list[Choice], list[Choice]]:
    """Return the documents and the supply points that a complaint of the customer can name."""
    documents = rows(
        session,
        """select id, number || ' · ' || to_char(issue_date, 'DD.MM.YYYY') from operational.documents
            where customer_id = :id order by issue_date desc, id desc limit 60""",
        {"id": customer_id},
    )
    points = rows(
        session,
        """select distinct p.id, p.code from operational.supply_points p
             join operational.contract_supply_points k on k.supply_point_id = p.id and k.superseded_at is null
             join operational.contracts c on c.id = k.contract_id and c.customer_id = :id
            order by p.code limit 200""",
        {"id": customer_id},
    )
    return [Choice(*row) for row in documents], [Choice(*row) for row in points]
