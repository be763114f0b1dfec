"""Reads of documents: one document with lines, VAT, chain and what is still open, and lists of a customer.

All of it works under the portal's row-level security too, which shows a customer's own rows only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

ZERO = Decimal("0.00")

# Open amount of an item: a debt less what was allocated to it; a credit (negative) plus what was used of it.
_HEAD = """
select d.id, d.public_id, d.kind, d.number, d.customer_id, d.contract_id, d.invoice_id, d.version_no,
       d.issue_date, d.period_from, d.period_to, d.due_date, d.net_amount, d.vat_amount, d.gross_amount,
       d.energy_kwh, d.is_estimated, d.run_id,
       coalesce(i.open_amount, 0.00) as open_amount
  from operational.documents d
  left join lateral (
    select sum(o.amount - coalesce(debt.used, 0) + coalesce(credit.used, 0)) as open_amount
      from operational.open_items o
      left join lateral (select sum(a.amount) as used from operational.allocations a
                          where a.debt_item_id = o.id) debt on true
      left join lateral (select sum(a.amount) as used from operational.allocations a
                          where a.credit_item_id = o.id) credit on true
     where o.document_id = d.id) i on true
"""
_LINES = """
select l.line_no, s.scope_key, l.line_key, l.charge_code, c.name_pl, c.name_en, l.section, l.zone_code,
       l.period_from, l.period_to, l.unit, l.quantity_before, l.quantity_after, l.price_before, l.price_after,
       l.net_before, l.net_after, l.vat_rate, l.energy_kwh_before, l.energy_kwh_after, l.is_estimated,
       l.calculation
  from operational.document_lines l
  join operational.charges c on c.code = l.charge_code
  join operational.billing_scopes s on s.id = l.scope_id
 where l.document_id = :id
 order by l.line_no
"""
_VAT = """
select vat_rate, net_amount, vat_amount, gross_amount from operational.document_vat
 where document_id = :id order by vat_rate desc
"""


class DocumentNotFound(DomainError):
    """No such document, or none that this session may see."""

    def __init__(self, wanted: str) -> None:
        super().__init__(
            "document_not_found",
            f"There is no document '{wanted}'. Check the number, e.g. FV/2026/04/000123.",
        )


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What a list shows of a document. ``open_amount`` > 0 is to be paid, < 0 is a credit not used yet (PLN
    gross).
    """

    id: int
    public_id: UUID
    kind: str
    number: str
    customer_id: int
    contract_id: int
    invoice_id: int | None
    version_no: int
    issue_date: date
    period_from: date
    period_to: date
    due_date: date
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    energy_kwh: Decimal
    is_estimated: bool
    run_id: int
    open_amount: Decimal

    @property
    def settled_amount(self) -> Decimal:
        """Return what payments and credits have settled so far."""
        return self.gross_amount - self.open_amount

    def payment_state(self, on: date) -> str:
        """Return paid, part_paid, open, overdue or credit as of the end of a day."""
        if self.open_amount < 0:
            return "credit"
        if not self.open_amount:
            return "paid"
        if on > self.due_date:
            return "overdue"
        return "part_paid" if self.open_amount < self.gross_amount else "open"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One charge of one scope; its amount is after minus before. ``calculation`` holds the ids it was made
    from.
    """

    line_no: int
    scope_key: str
    line_key: str
    charge_code: str
    name_pl: str
    name_en: str
    section: str
    zone_code: str
    period_from: date
    period_to: date
    unit: str
    quantity_before: Decimal
    quantity_after: Decimal
    price_before: Decimal
    price_after: Decimal
    net_before: Decimal
    net_after: Decimal
    vat_rate: Decimal
    energy_kwh_before: Decimal
    energy_kwh_after: Decimal
    is_estimated: bool
    calculation: Mapping[str, Any]

    @property
    def net_amount(self) -> Decimal:
        """Return what the line adds to the document, PLN net."""
        return self.net_after - self.net_before


@dataclass(frozen=True, slots=True)
class DocumentVat:
    """Sums of one VAT rate; VAT is rounded once per rate on the whole chain (VAT Act art.
    106e(1)(13)-(14)).
    """

    vat_rate: Decimal
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; ``chain`` is the invoice and all its corrections, oldest first, this one included."""

    head: DocumentHead
    lines: tuple[DocumentLine, ...]
    vat: tuple[DocumentVat, ...]
    chain: tuple[DocumentHead, ...]
    content: Mapping[str, Any]


def document(session: Session, *, document_id: int) -> Document:
    """Return a document by its id; raises DocumentNotFound."""
    return _document(session, "d.id = :wanted", document_id)


def document_by_number(session: Session, *, number: str) -> Document:
    """Return a document by its number, e.g. FV/2026/04/000123; raises DocumentNotFound."""
    return _document(session, "d.number = :wanted", number.strip().upper())


def document_by_public_id(session: Session, *, public_id: str | UUID) -> Document:
    """Return a document by the id that stands in addresses; raises DocumentNotFound."""
    return _document(session, "d.public_id = cast(:wanted as uuid)", str(public_id))


def documents_of_customer(
    session: Session, *, customer_id: int, limit: int = 50, offset: int = 0
) -> list[DocumentHead]:
    """Return a customer's documents, the newest first."""
    found = session.execute(
        text(
            f"{_HEAD} where d.customer_id = :id order by d.issue_date desc, d.id desc limit :limit offset "
            f":offset"
        ),
        {"id": customer_id, "limit": limit, "offset": offset},
    ).mappings()
    return [DocumentHead(**row) for row in found]


def _document(session: Session, condition: str, wanted: int | str) -> Document:
    rows = session.execute(text(f"{_HEAD} where {condition}"), {"wanted": wanted}).mappings()
    row = rows.one_or_none()
    if row is None:
        raise DocumentNotFound(str(wanted))
    head = DocumentHead(**row)
    key = {"id": head.id}
    content: Any = session.execute(
        text("select content from operational.documents where id = :id"), key
    ).scalar_one()
    chain = session.execute(
        text(f"{_HEAD} where d.id = :root or d.invoice_id = :root order by d.version_no"),
        {"root": head.invoice_id or head.id},
    ).mappings()
    return Document(
        head=head,
        lines=tuple(DocumentLine(**line) for line in session.execute(text(_LINES), key).mappings()),
        vat=tuple(DocumentVat(**rate) for rate in session.execute(text(_VAT), key).mappings()),
        chain=tuple(DocumentHead(**link) for link in chain),
        content=content,
    )
