"""Reads of the portal under the role iris_ebok: the customer's documents with what is open on each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_DOCUMENTS = """
    select d.id as document_id, d.public_id::text as public_id, d.kind, d.number, d.issue_date, d.period_from,
    d.period_to,
           d.due_date, d.gross_amount, d.energy_kwh, d.is_estimated, coalesce(i.amount - coalesce(x.used, 0),
           0.00) as open_amount, coalesce(q.medium, 'electricity') as medium, coalesce(q.place, '') as place,
           coalesce(q.points, 0) as points
      from operational.documents d
      left join operational.open_items i on i.document_id = d.id
      left join lateral (
        select sum(case when a.debt_item_id = i.id then a.amount else -a.amount end) as used
          from operational.allocations a where a.debt_item_id = i.id or a.credit_item_id = i.id) x on true
      left join lateral (
        select min(p.medium) as medium, count(*) as points,
               min(b.street || ' ' || b.building || case b.flat when '' then '' else '/' || b.flat end || ', '
               || b.city) as place
          from operational.billing_scopes s
          join operational.supply_points p on p.id = s.supply_point_id
          join operational.addresses b on b.id = p.address_id
         where s.invoice_id = coalesce(d.invoice_id, d.id)) q on true
     where d.customer_id = :customer_id"""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An invoice or correction with what is open on it: more than zero is owed, less is the customer's
    credit.
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

    def state(self, today: date) -> str:
        """Return overdue, to_pay, part_paid, paid, credit or settled, as of a day."""
        if self.gross_amount <= 0:
            return "credit" if self.open_amount < 0 else "settled"
        if self.open_amount <= 0:
            return "paid"
        if self.due_date < today:
            return "overdue"
        return "part_paid" if self.open_amount < self.gross_amount else "to_pay"


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
    """Return the customer's documents, newest first; ``only_open`` leaves those with something still to
    settle.
    """
    conditions = [
        " and coalesce(i.amount - coalesce(x.used, 0), 0) > 0" if only_open else "",
        " and extract(year from d.issue_date) = :year" if year else "",
        " and q.medium = :medium" if medium else "",
    ]
    rows = session.execute(
        text(
            f"{_DOCUMENTS}{''.join(conditions)}"
            " order by d.issue_date desc, d.id desc limit :limit offset :offset"
        ),
        {"customer_id": customer_id, "year": year, "medium": medium, "limit": limit, "offset": offset},
    )
    return [DocumentRow(**row._mapping) for row in rows]


def document(session: Session, *, customer_id: int, public_id: str) -> DocumentRow | None:
    """Return one own document by the id in its address; None for anything else."""
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    row = session.execute(
        text(f"{_DOCUMENTS} and d.public_id = :public_id"), {"customer_id": customer_id, "public_id": wanted}
    ).one_or_none()
    return None if row is None else DocumentRow(**row._mapping)


def years(session: Session, *, customer_id: int) -> list[int]:
    """Return the years of issue of the customer's documents, newest first."""
    rows = session.execute(
        text("""
            select distinct extract(year from issue_date)::int from operational.documents
             where customer_id = :customer_id order by 1 desc"""),
        {"customer_id": customer_id},
    )
    return [int(row[0]) for row in rows]
