"""Reads of collective corrections: the document, its parts and the totals by VAT rate.

The portal's row-level security shows a customer's own only.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class Part:
    """A corrected invoice on a collective correction: before, after and difference in PLN gross."""

    document_id: int
    public_id: str
    number: str
    invoice_number: str
    invoice_public_id: str
    invoice_date: date
    period_from: date
    period_to: date
    gross_before: Decimal
    gross_amount: Decimal

    @property
    def gross_after(self) -> Decimal:
        """Return what the invoice amounts to after the correction."""
        return self.gross_before + self.gross_amount


@dataclass(frozen=True, slots=True)
class Rate:
    """Sums of one VAT rate over all parts: before and after the correction, PLN."""

    vat_rate: Decimal
    net_before: Decimal
    vat_before: Decimal
    net_amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class Collective:
    """A collective correction with its parts in their order and the totals by rate."""

    id: int
    public_id: str
    number: str
    customer_id: int
    customer_public_id: str
    customer_name: str
    run_public_id: str
    issue_date: date
    due_date: date
    reason_code: str
    reason: str
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    parts: tuple[Part, ...]
    rates: tuple[Rate, ...]


_HEAD = """
    select z.id, z.public_id::text, z.number, z.customer_id, c.public_id::text, c.name, r.public_id::text,
           z.issue_date, z.due_date, z.reason_code, z.reason, z.net_amount, z.vat_amount, z.gross_amount
      from operational.collective_corrections z
      join operational.customers c on c.id = z.customer_id
      join operational.billing_runs r on r.id = z.run_id
     where z.public_id = cast(:id as uuid)"""
_BEFORE = "(e.id = d.invoice_id or e.invoice_id = d.invoice_id) and e.version_no < d.version_no"
_PARTS = f"""
    select d.id, d.public_id::text, d.number, i.number, i.public_id::text, i.issue_date, i.period_from,
           i.period_to, (select sum(e.gross_amount) from operational.documents e where {_BEFORE}),
           d.gross_amount
      from operational.documents d join operational.documents i on i.id = d.invoice_id
     where d.collective_id = :id order by d.sequence"""
_RATES = f"""
    with part as (select d.* from operational.documents d where d.collective_id = :id)
    select s.vat_rate, sum(s.net_before), sum(s.vat_before), sum(s.net), sum(s.vat)
      from (select v.vat_rate, 0 as net_before, 0 as vat_before, v.net_amount as net, v.vat_amount as vat
              from part d join operational.document_vat v on v.document_id = d.id
             union all
            select v.vat_rate, v.net_amount, v.vat_amount, 0, 0
              from part d join operational.documents e on {_BEFORE}
              join operational.document_vat v on v.document_id = e.id) s
     group by s.vat_rate order by s.vat_rate desc"""


def collective(session: Session, *, public_id: str) -> Collective | None:
    """Return a collective correction by the id that stands in addresses, or None."""
    head = first(session, _HEAD, {"id": public_id})
    if head is None:
        return None
    parts = tuple(Part(*row) for row in rows(session, _PARTS, {"id": head.id}))
    rates = tuple(Rate(*row) for row in rows(session, _RATES, {"id": head.id}))
    values: list[Any] = [*head, parts, rates]
    return Collective(*values)


def collective_of_document(session: Session, *, document_id: int) -> Collective | None:
    """Return the collective correction that a document is a part of, or None."""
    found = session.execute(
        text(
            "select z.public_id::text from operational.documents d"
            " join operational.collective_corrections z on z.id = d.collective_id where d.id = :id"
        ),
        {"id": document_id},
    ).scalar()
    return collective(session, public_id=found) if found else None


@dataclass(frozen=True, slots=True)
class CollectiveRow:
    """A collective correction in a list."""

    public_id: str
    number: str
    customer_name: str
    issue_date: date
    parts: int
    reason: str
    gross_amount: Decimal


def collectives(session: Session, *, offset: int = 0, limit: int = 51) -> list[CollectiveRow]:
    """Return collective corrections, the newest first."""
    found = rows(
        session,
        "select z.public_id::text, z.number, c.name, z.issue_date, z.parts, z.reason, z.gross_amount"
        " from operational.collective_corrections z join operational.customers c on c.id = z.customer_id"
        " order by z.issue_date desc, z.id desc offset :offset limit :limit",
        {"offset": offset, "limit": limit},
    )
    return [CollectiveRow(*row) for row in found]
