"""Reads of the portal under the role iris_ebok: the customer's documents and notes with what is open on
each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_DOCUMENTS = """
    select d.id as document_id, d.public_id::text as public_id, d.kind, d.number, d.issue_date, d.period_from,
    d.period_to,
           d.due_date, d.gross_amount, d.energy_kwh, d.is_estimated,
           coalesce(i.open_amount, 0.00) as open_amount,
           coalesce(q.medium, 'electricity') as medium, coalesce(q.place, '') as place,
           coalesce(q.points, 0) as points
      from operational.documents d
      left join lateral (
        select sum(o.amount - coalesce(x.used, 0)) as open_amount
          from operational.open_items o
          left join lateral (
            select sum(case when a.debt_item_id = o.id then a.amount else -a.amount end) as used
              from operational.allocations a where a.debt_item_id = o.id or a.credit_item_id = o.id) x on true
         where o.document_id = d.id) i on true
      left join lateral (
        select min(p.medium) as medium, count(*) as points,
               min(b.street || ' ' || b.building || case b.flat when '' then '' else '/' || b.flat end || ', '
               || b.city) as place
          from operational.billing_scopes s
          join operational.supply_points p on p.id = s.supply_point_id
          join operational.addresses b on b.id = p.address_id
         where s.invoice_id = coalesce(d.invoice_id, d.id)) q on true
     where d.customer_id = :customer_id"""

# A note's period is that of its lines, last day included.
_NOTES = """
    select -n.id as document_id, n.public_id::text as public_id, n.kind, n.number, n.issue_date,
           coalesce(l.first_day, n.issue_date) as period_from,
           coalesce(l.last_day, n.issue_date) as period_to,
           n.due_date, n.amount as gross_amount, 0.000 as energy_kwh, false as is_estimated,
           coalesce(i.amount - coalesce(x.used, 0), 0.00) as open_amount, '' as medium, '' as place,
           0 as points
      from operational.interest_notes n
      left join operational.open_items i on i.note_id = n.id
      left join lateral (
        select sum(case when a.debt_item_id = i.id then a.amount else -a.amount end) as used
          from operational.allocations a where a.debt_item_id = i.id or a.credit_item_id = i.id) x on true
      left join lateral (
        select min(period_from) as first_day, max(period_to) - 1 as last_day
          from operational.interest_note_lines where note_id = n.id) l on true
     where n.customer_id = :customer_id"""

_LINES = text("""
    select coalesce(d.number, nullif(l.words, ''), '') as subject, d.public_id::text as document_public_id,
           l.kind, l.period_from, l.period_to, l.principal, l.rate_pct, l.amount
      from operational.interest_note_lines l
      join operational.interest_notes n on n.id = l.note_id
      left join operational.open_items i on i.id = l.open_item_id
      left join operational.documents d on d.id = i.document_id
     where n.customer_id = :customer_id and n.public_id = :public_id order by l.line_no""")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An invoice, correction or note with what is open on it: more than zero is owed, less is the customer's
    credit. A note has no energy and no place; its ``document_id`` is below zero.
    """

    document_id: int
    public_id: str
    kind: str
    number: str
    issue_date: date
    period_from: date
    period_to: date
    due_date: date
    gross_amount: Decimal
    energy_kwh: Decimal
    is_estimated: bool
    open_amount: Decimal
    medium: str
    place: str
    points: int

    @property
    def is_note(self) -> bool:
        """Tell a note of the ledger (interest, recovery costs, penalty, moved balance) from a bill."""
        return self.kind.endswith("_note")

    def state(self, today: date) -> str:
        """Return overdue, to_pay, part_paid, paid, credit or settled, as of a day."""
        if self.gross_amount <= 0:
            return "credit" if self.open_amount < 0 else "settled"
        if self.open_amount <= 0:
            return "paid"
        if self.due_date < today:
            return "overdue"
        return "part_paid" if self.open_amount < self.gross_amount else "to_pay"


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a note: what it is about, its days [from, to), and PLN."""

    subject: str
    document_public_id: str | None
    kind: str
    period_from: date
    period_to: date
    principal: Decimal
    rate_pct: Decimal | None
    amount: Decimal


def documents(
    session: Session,
    *,
    customer_id: int,
    only_open: bool = False,
    year: int | None = None,
    medium: str = "",
    offset: int = 0,
    limit: int = 25,
) -> list[DocumentRow]:
    """Return the customer's documents and notes, newest first; ``only_open`` leaves those with something
    still to settle. Notes belong to no medium, so they stand in the list of both only.
    """
    conditions = [
        " and open_amount > 0" if only_open else "",
        " and extract(year from issue_date) = :year" if year else "",
        " and medium = :medium" if medium else "",
    ]
    rows = session.execute(
        text(
            f"select * from ({_DOCUMENTS} union all {_NOTES}) papers where true{''.join(conditions)}"
            " order by issue_date desc, kind like '%!_note' escape '!' desc, abs(document_id) desc"
            " limit :limit offset :offset"
        ),
        {"customer_id": customer_id, "year": year, "medium": medium, "limit": limit, "offset": offset},
    )
    return [DocumentRow(**row._mapping) for row in rows]


def document(session: Session, *, customer_id: int, public_id: str) -> DocumentRow | None:
    """Return one own bill by the id in its address; None for anything else."""
    return _one(session, f"{_DOCUMENTS} and d.public_id = :public_id", customer_id, public_id)


def note(session: Session, *, customer_id: int, public_id: str) -> DocumentRow | None:
    """Return one own note by the id in its address; None for anything else."""
    return _one(session, f"{_NOTES} and n.public_id = :public_id", customer_id, public_id)


def _one(session: Session, statement: str, customer_id: int, public_id: str) -> DocumentRow | None:
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    row = session.execute(text(statement), {"customer_id": customer_id, "public_id": wanted}).one_or_none()
    return None if row is None else DocumentRow(**row._mapping)


def note_lines(session: Session, *, customer_id: int, public_id: str) -> list[NoteLine]:
    """Return the lines of an own note, in their order."""
    rows = session.execute(_LINES, {"customer_id": customer_id, "public_id": UUID(public_id)})
    return [NoteLine(**row._mapping) for row in rows]


def years(session: Session, *, customer_id: int) -> list[int]:
    """Return the years of issue of the customer's documents and notes, newest first."""
    rows = session.execute(
        text("""
            select extract(year from issue_date)::int from operational.documents
             where customer_id = :customer_id
            union select extract(year from issue_date)::int from operational.interest_notes
             where customer_id = :customer_id order by 1 desc"""),
        {"customer_id": customer_id},
    )
    return [int(row[0]) for row in rows]
