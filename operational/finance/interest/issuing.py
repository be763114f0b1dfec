"""Issuing what the warehouse proposes: notes for every customer at once, or interest that a payment brings.

A run asks for the difference between the proposed interest and what notes and waivers cover already, so a
second run issues nothing and a later payment changes only later days.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.finance.allocation import allocate
from operational.finance.interest.writing import SQL, drop_due, write_notes
from operational.finance.items import lock_customers
from operational.kernel.errors import DomainError

_RUN_LOCK = 7_401_120  # one interest run at a time


class InterestError(DomainError):
    """Interest cannot be issued as asked."""


@dataclass(frozen=True, slots=True)
class InterestRun:
    """What a run issued: notes and PLN by kind, and the day up to which interest was counted."""

    through: date
    notes: int
    interest: Decimal
    compensations: int
    compensation: Decimal


@dataclass(frozen=True, slots=True)
class ProposedNote:
    """A note that a run would issue now. ``origin`` is run or next_bill; ``amount`` in PLN, below zero a
    credit."""

    customer_id: int
    customer_public_id: str
    customer_number: str
    customer_name: str
    kind: str
    amount: Decimal
    lines: int
    due_date: date
    origin: str


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line of a proposed note: a bill x days with one principal and one rate."""

    open_item_id: int
    document_number: str
    document_public_id: str
    kind: str
    period_from: date
    period_to: date
    principal: Decimal
    rate_pct: Decimal | None
    eur: Decimal | None
    eur_rate: Decimal | None
    amount: Decimal


def proposed_through(session: Session) -> date | None:
    """Return the day up to which the warehouse counted interest; None before the first computation or when
    nothing is late.
    """
    if warehouse.missing_tables(session, "$target_interest"):
        return None
    found: date | None = session.execute(
        text(warehouse.fill("select max(through) from $target_interest"))
    ).scalar()
    return found


def gather(session: Session, *, issue_date: date, customer_ids: list[int] | None = None) -> None:
    """Fill the temporary tables of notes and lines that are due now; they end with the transaction.

    Raises InterestError when the warehouse has computed nothing yet.
    """
    if warehouse.missing_tables(session, "$target_interest"):
        raise InterestError(
            "no_interest_proposals",
            "The warehouse has not computed any interest yet. Run `iris interest run`, "
            "or materialise the asset prop_interest_notes in Dagster.",
        )
    drop_due(session)
    given = {"customers": customer_ids, "issue_date": issue_date}
    for name in ("differences", "compensation", "heads"):
        statement = warehouse.statement(SQL / f"{name}.sql")
        wanted = warehouse.parameters_of(statement)
        session.execute(statement, {key: value for key, value in given.items() if key in wanted})


def preview_notes(
    session: Session, *, issue_date: date, limit: int = 50, offset: int = 0
) -> list[ProposedNote]:
    """Return the notes that a run would issue, the largest first; ``gather`` comes before."""
    rows = session.execute(
        text("""
          select h.customer_id, c.public_id::text as customer_public_id, c.customer_number, c.name as
            customer_name,
            h.note_kind as kind, h.amount, h.due_date, h.origin,
            (select count(*) from pg_temp.note_lines_due l
              where l.customer_id = h.customer_id and l.note_kind = h.note_kind) as lines
          from pg_temp.note_heads_due h join operational.customers c on c.id = h.customer_id
          order by h.amount desc, c.customer_number, h.note_kind limit :limit offset :offset"""),
        {"limit": limit, "offset": offset},
    )
    return [ProposedNote(**row._mapping) for row in rows]


def preview_totals(session: Session) -> dict[str, Any]:
    """Return how many notes and PLN a run would issue, and what waits below the thresholds; after
    ``gather``."""
    row = session.execute(
        text("""
          select (select count(*) from pg_temp.note_heads_due) as notes,
            (select coalesce(sum(amount), 0.00) from pg_temp.note_heads_due) as amount,
            (select count(distinct customer_id) from pg_temp.note_lines_due) as customers,
            (select coalesce(sum(amount), 0.00) from pg_temp.note_lines_due)
              - (select coalesce(sum(amount), 0.00) from pg_temp.note_heads_due) as waiting""")
    ).one()
    return dict(row._mapping)


def preview_lines(session: Session, *, customer_id: int) -> list[ProposedLine]:
    """Return the lines that wait for one customer, oldest bill first; after ``gather``."""
    rows = session.execute(
        text("""
          select l.open_item_id, coalesce(d.number, '') as document_number,
            coalesce(d.public_id::text, '') as document_public_id, l.kind, l.period_from, l.period_to,
            cast(l.principal as numeric(18, 2)) as principal, l.rate_pct, l.eur, l.eur_rate, l.amount
          from pg_temp.note_lines_due l join operational.open_items i on i.id = l.open_item_id
          left join operational.documents d on d.id = i.document_id
          where l.customer_id = :customer order by i.due_date, l.open_item_id, l.kind desc, l.period_from"""),
        {"customer": customer_id},
    )
    return [ProposedLine(**row._mapping) for row in rows]


def gather_locked(session: Session, *, issue_date: date, customer_ids: list[int] | None) -> None:
    """Lock whoever interest may concern, so that nobody else moves their money, then gather."""
    if warehouse.missing_tables(session, "$target_interest"):
        gather(session, issue_date=issue_date)  # says what is missing
    owners = session.execute(
        text(
            warehouse.fill("""
              select customer_id from $target_interest
              where cast(:ids as bigint[]) is null or customer_id = any(:ids)
              union select customer_id from operational.interest_notes
              where cast(:ids as bigint[]) is null or customer_id = any(:ids)""")
        ),
        {"ids": customer_ids},
    )
    lock_customers(session, list(owners.scalars()))
    gather(session, issue_date=issue_date, customer_ids=customer_ids)


def issue_interest(
    session: Session,
    *,
    through: date,
    issue_date: date,
    as_of: datetime,
    customer_ids: list[int] | None = None,
) -> InterestRun:
    """Issue the notes that are due: documents, ledger, open items; what customers overpaid settles them at
    once.

    ``through`` must be the day that the warehouse counted to (last day of interest, inclusive). Run again it
    issues nothing. The caller commits. Raises InterestError.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _RUN_LOCK})
    found = proposed_through(session)
    if found is not None and found != through:
        raise InterestError(
            "interest_computed_otherwise",
            f"The warehouse counted interest through {found}, not through {through}. "
            "Compute it for that day first (`iris interest run` does), or issue through the day it has.",
        )
    gather_locked(session, issue_date=issue_date, customer_ids=customer_ids)
    rows = write_notes(session, as_of=as_of)
    if rows:
        allocate(session, customer_ids=sorted({row.customer_id for row in rows}), as_of=as_of)
    drop_due(session)
    zero = Decimal("0.00")
    interest = [row.amount for row in rows if row.kind == "interest_note"]
    others = [row.amount for row in rows if row.kind != "interest_note"]
    return InterestRun(through, len(interest), sum(interest, zero), len(others), sum(others, zero))


def waive_interest(session: Session, *, open_item_id: int, reason: str, as_of: datetime) -> Decimal:
    """Do not ask for the interest of a bill up to the day that the warehouse counted to; return the PLN
    waived.

    Only interest that no note has asked for yet; a note is given up by a write-off. The caller commits.
    Raises InterestError.
    """
    told = reason.strip()
    if len(told) < 3:
        raise InterestError("why_missing", "Say why: a reason of three letters or more is needed.")
    owner: int | None = session.execute(
        text("select customer_id from operational.open_items where id = :item"), {"item": open_item_id}
    ).scalar_one_or_none()
    through = proposed_through(session)
    if owner is None or through is None:
        raise InterestError("nothing_to_waive", "No interest of this bill waits to be asked for.")
    lock_customers(session, [owner])
    gather(session, issue_date=through, customer_ids=[owner])
    amount: Decimal = session.execute(
        text("""select coalesce(sum(amount), 0.00) from pg_temp.note_lines_due
                where open_item_id = :item and kind = 'interest'"""),
        {"item": open_item_id},
    ).scalar_one()
    drop_due(session)
    if amount <= 0:
        raise InterestError("nothing_to_waive", "No interest of this bill waits to be asked for.")
    session.execute(
        text("""insert into operational.interest_waivers (open_item_id, through, amount, reason, recorded_at)
                values (:item, :through, :amount, :reason, :as_of)"""),
        {"item": open_item_id, "through": through, "amount": amount, "reason": told, "as_of": as_of},
    )
    return amount
