"""Reads of the invoice list and the invoice page: header, lines before and after, VAT, chain, settlement."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.kernel.money import ZERO
from operational.kernel.rows import first, one, rows

MOST_SUMMED: Final = 5_000


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A document in a list; `open_amount` is what is still to pay (or to use up) of it in PLN."""

    public_id: str
    number: str
    kind: str
    customer_public_id: str
    customer_name: str
    issue_date: date
    period_from: date
    period_to: date
    due_date: date
    energy_kwh: Decimal
    net_amount: Decimal
    gross_amount: Decimal
    open_amount: Decimal
    is_estimated: bool
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What a list of documents is narrowed to; empty texts and None narrow nothing."""

    number: str = ""
    kind: str = ""
    month: date | None = None
    state: str = ""
    customer_id: int = 0
    run_public_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all documents of a filter, not only of the page shown.

    When more than MOST_SUMMED documents would have to be read one by one, `is_capped` says so: then
    `documents` is MOST_SUMMED and the sums are zero and not to be shown.
    """

    documents: int
    energy_kwh: Decimal
    net_amount: Decimal
    gross_amount: Decimal
    open_amount: Decimal
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Invoice:
    """A document with its customer, run, hash and delivery."""

    id: int
    public_id: str
    number: str
    kind: str
    customer_id: int
    customer_public_id: str
    customer_name: str
    customer_number: str
    contract_public_id: str
    contract_number: str
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
    run_public_id: str
    content_hash: str
    recorded_at: datetime
    recorded_by: str
    open_amount: Decimal
    has_pdf: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line: what it charges, quantity and price before and after; the amount is after minus before (PLN
    net).
    """

    line_no: int
    line_key: str
    charge: str
    section: str
    zone_code: str
    point_code: str
    point_public_id: str
    medium: str
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
    is_estimated: bool
    legal_basis: str
    calculation: dict[str, Any]

    @property
    def net_amount(self) -> Decimal:
        """Return what the document charges (or gives back) on this line."""
        return self.net_after - self.net_before


@dataclass(frozen=True, slots=True)
class VatRow:
    """Sums of one VAT rate."""

    vat_rate: Decimal
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A document of the chain: the invoice and its corrections in order."""

    public_id: str
    number: str
    kind: str
    version_no: int
    issue_date: date
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class Settlement:
    """Money used for (or from) the document: another document or a payment, on a day, by a rule."""

    business_date: date
    name: str
    document_public_id: str | None
    payment_public_id: str | None
    amount: Decimal
    rule: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the messages about the document."""

    channel: str
    status: str
    created_at: datetime
    sent_at: datetime | None
    last_error: str
    message_public_id: str | None


# What is open of one document; a document without a row is settled.
_LEFT = """coalesce((select sum(p.left_amount) from operational.open_positions p
    where p.document_id = d.id), 0)"""
_IS_OPEN = """d.id in (select p.document_id from operational.open_positions p where p.document_id is not null
    and p.left_amount > 0 {due})"""
_CONDITIONS = {
    "number": """d.id in (
      select id from operational.documents where number like upper(:begin)
      union select id from operational.documents where reverse(number) like upper(:back)
      union select x.id from operational.documents x where x.customer_id in (
        select c.id from operational.customers c where c.search_name like operational.plain(:like)
        union all select c.id from operational.customers c where c.customer_number = :number))""",
    # Many bear the name: a value per document, so that the list is walked until the page is full.
    "frequent name": """coalesce((select c.search_name like operational.plain(:like)
      from operational.customers c where c.id = d.customer_id), false)""",
    "kind": "d.kind = :kind",
    "month": "d.issue_date >= :month and d.issue_date < cast(:month as date) + interval '1 month'",
    "customer_id": "d.customer_id = :customer_id",
    "run": "d.run_id = (select r.id from operational.billing_runs r where r.public_id::text = :run)",
}
_FREQUENT: Final = 2_000
_BEARERS = """select count(*) from (select from operational.customers c
    where c.search_name like operational.plain(:like) limit :most) c"""
_STATES = {
    "open": _IS_OPEN.format(due=""),
    "overdue": _IS_OPEN.format(due="and p.due_date < :today"),
    "paid": """not exists (select from operational.open_positions p where p.document_id = d.id
      and p.left_amount > 0)""",
    "estimated": "d.is_estimated",
}

# The page is cut first; customer, media and what is open are looked up for its rows only.
_LIST = """
  select d.public_id::text, d.number, d.kind, c.public_id::text, c.name, d.issue_date, d.period_from,
    d.period_to,
    d.due_date, d.energy_kwh, d.net_amount, d.gross_amount, {left}, d.is_estimated,
    array(select distinct p.medium from operational.document_lines l join operational.billing_scopes s
      on s.id = l.scope_id
          join operational.supply_points p on p.id = s.supply_point_id where l.document_id = d.id order by 1)
  from (select d.* from operational.documents d where {where}
    order by d.issue_date desc, d.id desc offset :offset limit :limit) d
  join operational.customers c on c.id = d.customer_id
  order by d.issue_date desc, d.id desc"""

# Filters that need no document: batches of issued documents were summed up when they were issued.
_SUMMED = """
  select coalesce(sum(d.documents), 0)::bigint, coalesce(sum(d.energy_kwh), 0),
    coalesce(sum(d.net_amount), 0), coalesce(sum(d.gross_amount), 0),
    (select coalesce(sum(d.left_amount), 0) from operational.open_positions d
      where d.document_id is not null and {open_where}) from operational.document_sums d where {where}"""

_TOTALS = """
  select count(*), coalesce(sum(d.energy_kwh), 0), coalesce(sum(d.net_amount), 0),
    coalesce(sum(d.gross_amount), 0), coalesce(sum({left}), 0)
  from (select d.id, d.energy_kwh, d.net_amount, d.gross_amount from operational.documents d
    where {where} limit :most) d"""
_COUNTED = "select count(*) from (select from operational.documents d where {where} limit :most) d"

_INVOICE = f"""
  select d.id, d.public_id::text, d.number, d.kind, c.id, c.public_id::text, c.name, c.customer_number,
    k.public_id::text, k.number, d.invoice_id, d.version_no, d.issue_date, d.period_from, d.period_to,
    d.due_date,
    d.net_amount, d.vat_amount, d.gross_amount, d.energy_kwh, d.is_estimated, r.public_id::text,
    encode(d.content_hash, 'hex'), d.recorded_at, d.recorded_by,
    {_LEFT},
    exists (select 1 from operational.document_renditions n where n.document_id = d.id)
  from operational.documents d join operational.customers c on c.id = d.customer_id
  join operational.contracts k on k.id = d.contract_id join operational.billing_runs r on r.id = d.run_id
  where d.public_id = cast(:id as uuid)"""

_LINES = """
  select l.line_no, l.line_key, case :language when 'pl' then h.name_pl else h.name_en end, l.section,
    l.zone_code,
    p.code, p.public_id::text, p.medium, l.period_from, l.period_to, l.unit, l.quantity_before,
    l.quantity_after,
    l.price_before, l.price_after, l.net_before, l.net_after, l.vat_rate, l.is_estimated, h.legal_basis,
    l.calculation
  from operational.document_lines l join operational.charges h on h.code = l.charge_code
  join operational.billing_scopes s on s.id = l.scope_id join operational.supply_points p
    on p.id = s.supply_point_id
  where l.document_id = :id order by l.line_no"""

_CHAIN = """
  select public_id::text, number, kind, version_no, issue_date, gross_amount from operational.documents
  where id = :first or invoice_id = :first order by version_no"""

_SETTLEMENTS = """
  select a.business_date, coalesce(d.number, nullif(p.title, ''), ''), d.public_id::text,
    p.public_id::text, a.amount,
    a.rule
  from operational.open_items mine
  join operational.allocations a on mine.id in (a.debt_item_id, a.credit_item_id)
  join operational.open_items other on other.id = case when a.debt_item_id = mine.id then a.credit_item_id
                                                       else a.debt_item_id end
  left join operational.documents d on d.id = other.document_id
  left join operational.payments p on p.id = other.payment_id
  where mine.document_id = :id order by a.business_date, a.id"""

_DELIVERIES = """
  select channel, status, created_at, sent_at, last_error, public_id::text from operational.messages
  where document_id = :id
  union all
  select '', 'waiting', o.created_at, null, '', null from operational.outbox o
  where o.topic = 'document.issued' and (o.payload ->> 'document_id')::bigint = :id
    and not exists (select from operational.messages m where m.key = o.key)
  order by 3"""


def _conditions(session: Session, narrowed: InvoiceFilter, today: date) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions that the filter asks for and their values; each is answered by an index."""
    asked = {
        "number": narrowed.number,
        "kind": narrowed.kind,
        "month": narrowed.month,
        "customer_id": narrowed.customer_id,
        "run": narrowed.run_public_id,
    }
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    conditions = [_CONDITIONS[name] for name in given]
    if narrowed.number:
        escaped = narrowed.number.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        back = narrowed.number[::-1].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = {"like": f"%{escaped}%"}
        if int(one(session, _BEARERS, {**like, "most": _FREQUENT})[0]) < _FREQUENT:
            given |= {**like, "begin": f"{escaped}%", "back": f"{back}%"}
        else:
            given |= like
            del given["number"]
            conditions[0] = _CONDITIONS["frequent name"]
    if narrowed.state:
        conditions.append(_STATES.get(narrowed.state, "true"))
    if narrowed.state == "overdue":
        given["today"] = today
    return conditions, given


def invoice_list(
    session: Session, *, narrowed: InvoiceFilter, today: date, offset: int, limit: int
) -> list[InvoiceRow]:
    """Return documents that pass the filter, newest first."""
    conditions, given = _conditions(session, narrowed, today)
    statement = _LIST.format(left=_LEFT, where=" and ".join(conditions) or "true")
    read = rows(session, statement, {**given, "offset": offset, "limit": limit})
    found: list[Any] = [(*row[:-1], tuple(row[-1])) for row in read]
    return [InvoiceRow(*row) for row in found]


def invoice_totals(session: Session, *, narrowed: InvoiceFilter, today: date) -> Totals:
    """Return the sums of all documents that pass the filter, up to MOST_SUMMED of them."""
    conditions, given = _conditions(session, narrowed, today)
    where = " and ".join(conditions) or "true"
    if not (narrowed.number or narrowed.customer_id or narrowed.state):
        open_where = where.replace("d.kind", "d.document_kind")
        return Totals(*one(session, _SUMMED.format(where=where, open_where=open_where), given))
    given["most"] = MOST_SUMMED + 1
    if int(one(session, _COUNTED.format(where=where), given)[0]) > MOST_SUMMED:
        return Totals(MOST_SUMMED, ZERO, ZERO, ZERO, ZERO, is_capped=True)
    return Totals(*one(session, _TOTALS.format(left=_LEFT, where=where), given))


def issue_months(session: Session) -> list[date]:
    """Return the months in which documents were issued, newest first."""
    found = rows(
        session,
        "select distinct date_trunc('month', issue_date)::date as m from operational.document_sums order "
        "by m desc",
    )
    return [row[0] for row in found]


def invoice(session: Session, *, public_id: str) -> Invoice | None:
    """Return the document of a public id, or None."""
    row = first(session, _INVOICE, {"id": public_id})
    return Invoice(*row) if row else None


def lines(session: Session, *, document_id: int, language: str = "pl") -> list[Line]:
    """Return the lines of a document in order."""
    return [Line(*row) for row in rows(session, _LINES, {"id": document_id, "language": language})]


def vat_rows(session: Session, *, document_id: int) -> list[VatRow]:
    """Return the sums per VAT rate."""
    found = rows(
        session,
        "select vat_rate, net_amount, vat_amount, gross_amount from operational.document_vat"
        " where document_id = :id order by vat_rate desc",
        {"id": document_id},
    )
    return [VatRow(*row) for row in found]


def chain(session: Session, *, document: Invoice) -> list[ChainLink]:
    """Return the invoice and its corrections in order; one entry when nothing was corrected."""
    found = rows(session, _CHAIN, {"first": document.invoice_id or document.id})
    return [ChainLink(*row) for row in found]


def settlements(session: Session, *, document_id: int) -> list[Settlement]:
    """Return what the document was settled with, in order."""
    return [Settlement(*row) for row in rows(session, _SETTLEMENTS, {"id": document_id})]


def deliveries(session: Session, *, document_id: int) -> list[Delivery]:
    """Return the messages about the document and what became of them."""
    return [Delivery(*row) for row in rows(session, _DELIVERIES, {"id": document_id})]
