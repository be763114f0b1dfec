"""Reads of the payment pages: payments, bank files with their sums, one payment with its use."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.kernel.rows import first, one, rows


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in a list (PLN)."""

    public_id: str
    amount: Decimal
    booked_on: date
    title: str
    payer_name: str
    payer_account: str
    customer_public_id: str | None
    customer_name: str | None
    matched_by: str | None
    reversed_on: date | None
    confidence: int | None
    closed_as: str | None
    method: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment with where it came from and what became of it."""

    id: int
    public_id: str
    amount: Decimal
    booked_on: date
    title: str
    payer_name: str
    payer_account: str
    customer_public_id: str | None
    customer_name: str | None
    customer_number: str | None
    matched_by: str | None
    assigned_at: datetime | None
    assigned_by: str | None
    reversed_on: date | None
    row_version: int
    file_name: str | None
    statement_number: str | None
    bank_reference: str | None
    description: str | None
    virtual_account: str | None
    confidence: int | None
    closed_as: str | None
    method: str
    whole_public_id: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a split payment (PLN)."""

    public_id: str
    part_no: int
    amount: Decimal
    customer_name: str | None
    closed_as: str | None


@dataclass(frozen=True, slots=True)
class SuspenseRow:
    """A payment that waits for a person (PLN)."""

    id: int
    public_id: str
    amount: Decimal
    booked_on: date
    title: str
    payer_name: str
    payer_account: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """How much of the payment was used for which document, on which day, by which rule (PLN)."""

    business_date: date
    document_public_id: str | None
    document_number: str
    amount: Decimal
    rule: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """A bank file with what became of its lines: PLN posted to customers and waiting in suspense."""

    file_id: int
    name: str
    format: str
    received_at: datetime
    loaded_by: str
    statements: int
    accounts: str
    first_day: date | None
    last_day: date | None
    lines: int
    credits: Decimal
    debits: Decimal
    posted: int
    posted_amount: Decimal
    suspense: int
    suspense_amount: Decimal
    rows_duplicate: int


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a bank file and the payment it became."""

    line_no: int
    booked_on: date
    amount: Decimal
    currency: str
    payer_name: str
    title: str
    payment_public_id: str | None
    customer_name: str | None
    matched_by: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a file with its balances, in the currency of the account."""

    id: int
    account: str
    currency: str
    statement_number: str
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    opened_on: date | None
    closed_on: date | None
    lines: int
    sum_of_lines: Decimal


_LIST = """
  select p.public_id::text, p.amount, p.booked_on, p.title, p.payer_name, p.payer_account,
    c.public_id::text, c.name,
    p.matched_by, p.reversed_on, p.confidence, p.closed_as, p.method
  from operational.payments p left join operational.customers c on c.id = p.customer_id
  where {found} (:state = '' or case :state
           when 'suspense' then p.customer_id is null and p.reversed_on is null
           when 'reversed' then p.reversed_on is not null when 'person' then p.matched_by = 'person'
           else p.customer_id is not null end)
    and (cast(:day_from as date) is null or p.booked_on >= :day_from)
    and (cast(:day_to as date) is null or p.booked_on <= :day_to)
  order by p.booked_on desc, p.id desc offset :offset limit :limit"""
# Words begin the words of the title or of the payer, or a piece of the name is the customer's.
_FOUND = """p.id in (
    select x.id from operational.payments x
      where array_to_tsvector(operational.name_words(operational.plain(x.title || ' ' || x.payer_name)))
        @@ cast(:words as tsquery)
    union all select x.id from operational.payments x join operational.customers y on y.id = x.customer_id
      where y.search_name like :like) and"""
# Many payments have the words: asked per payment, so that the list is walked until the page is full.
_FREQUENT: Final = 2_000
_WALKED = """(operational.plain(p.title || ' ' || p.payer_name) like :like or c.search_name like :like) and"""
_SAYING = """select (select count(*) from (select from operational.payments x
      where array_to_tsvector(operational.name_words(operational.plain(x.title || ' ' || x.payer_name)))
        @@ cast(:words as tsquery) limit :most) x)
    + (select count(*) from (select from operational.customers where search_name like :like limit :most) x)"""

_PAYMENT = """
  select p.id, p.public_id::text, p.amount, p.booked_on, p.title, p.payer_name, p.payer_account,
    c.public_id::text,
    c.name, c.customer_number, p.matched_by, p.assigned_at, p.assigned_by, p.reversed_on, p.row_version,
    f.name,
    s.statement_number, l.bank_reference, l.description, nullif(l.virtual_account, ''), p.confidence,
    p.closed_as, p.method, w.public_id::text
  from operational.payments p left join operational.customers c on c.id = p.customer_id
  left join operational.payments w on w.id = p.parent_id
  left join raw.bank_lines l on l.id = coalesce(p.bank_line_id, w.bank_line_id)
  left join raw.bank_statements s on s.id = l.statement_id
  left join raw.files f on f.id = s.file_id
  where p.public_id = cast(:id as uuid)"""

_PARTS = """
  select p.public_id::text, p.part_no, p.amount, c.name, p.closed_as
  from operational.payments p left join operational.customers c on c.id = p.customer_id
  where p.parent_id = :id and p.closed_as is distinct from 'merged' order by p.part_no"""

_USES = """
  select a.business_date, d.public_id::text, coalesce(d.number, '–'), a.amount, a.rule
  from operational.open_items o join operational.allocations a on a.credit_item_id = o.id
  join operational.open_items debt on debt.id = a.debt_item_id
  left join operational.documents d on d.id = debt.document_id
  where o.payment_id = :id order by a.business_date, a.id"""

_SUSPENSE = """
  select p.id, p.public_id::text, p.amount, p.booked_on, p.title, p.payer_name, p.payer_account, f.name
  from operational.payments p left join raw.bank_lines l on l.id = p.bank_line_id
  left join raw.bank_statements s on s.id = l.statement_id left join raw.files f on f.id = s.file_id
  where p.customer_id is null and p.reversed_on is null order by p.booked_on,
    p.id offset :offset limit :limit"""

_FILES = """
  select f.id, f.name, f.format, f.received_at, f.loaded_by, count(distinct s.id),
    coalesce(string_agg(distinct s.account, ', '), ''), min(l.booked_on), max(l.booked_on), count(l.id),
    coalesce(sum(l.amount) filter (where l.amount > 0), 0), coalesce(sum(-l.amount) filter (where l.amount
      < 0), 0),
    count(p.id) filter (where p.customer_id is not null),
    coalesce(sum(p.amount) filter (where p.customer_id is not null), 0),
    count(p.id) filter (where p.customer_id is null and p.reversed_on is null),
    coalesce(sum(p.amount) filter (where p.customer_id is null and p.reversed_on is null), 0),
      f.rows_duplicate
  from raw.files f left join raw.bank_statements s on s.file_id = f.id left join raw.bank_lines l
    on l.statement_id = s.id
  left join operational.payments p on p.bank_line_id = l.id
  where f.kind = 'bank_statements' and (:file_id = 0 or f.id = :file_id)
  group by f.id order by f.received_at desc, f.id desc offset :offset limit :limit"""

_LINES = """
  select l.line_no, l.booked_on, l.amount, l.currency, l.payer_name, l.title, p.public_id::text, c.name,
    p.matched_by
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  left join operational.payments p on p.bank_line_id = l.id left join operational.customers c
    on c.id = p.customer_id
  where s.file_id = :file_id order by s.id, l.line_no offset :offset limit :limit"""

_STATEMENTS = """
  select s.id, s.account, s.currency, s.statement_number, s.opening_balance, s.closing_balance, s.opened_on,
    s.closed_on, count(l.id), coalesce(sum(l.amount), 0)
  from raw.bank_statements s left join raw.bank_lines l on l.statement_id = s.id
  where s.file_id = :file_id group by s.id order by s.id"""


def payment_list(
    session: Session,
    *,
    words: str = "",
    state: str = "",
    day_from: date | None = None,
    day_to: date | None = None,
    offset: int = 0,
    limit: int = 51,
) -> list[PaymentRow]:
    """Return payments, newest first; `state` is matched, suspense, person, reversed or empty."""
    given: dict[str, Any] = {
        "state": state,
        "day_from": day_from,
        "day_to": day_to,
        "offset": offset,
        "limit": limit,
    }
    if not words:
        return [PaymentRow(*row) for row in rows(session, _LIST.format(found=""), given)]
    found = one(
        session,
        "select operational.plain(:q), operational.name_words(operational.plain(:q))",
        {"q": words},
    )
    plain = found[0].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    asked = {"words": " & ".join(f"'{word}':*" for word in found[1]), "like": f"%{plain}%"}
    if int(one(session, _SAYING, {**asked, "most": _FREQUENT})[0]) >= _FREQUENT:
        given["like"] = asked["like"]
        return [PaymentRow(*row) for row in rows(session, _LIST.format(found=_WALKED), given)]
    given |= asked
    return [PaymentRow(*row) for row in rows(session, _LIST.format(found=_FOUND), given)]


def payment(session: Session, *, public_id: str) -> Payment | None:
    """Return the payment of a public id, or None."""
    row = first(session, _PAYMENT, {"id": public_id})
    return Payment(*row) if row else None


def parts(session: Session, *, payment_id: int) -> list[Part]:
    """Return the parts a payment is split into now."""
    return [Part(*row) for row in rows(session, _PARTS, {"id": payment_id})]


def public_id(session: Session, *, payment_id: int) -> str:
    """Return the address of a payment."""
    row = first(
        session, "select public_id::text from operational.payments where id = :id", {"id": payment_id}
    )
    return str(row[0]) if row else ""


def suspense_list(session: Session, *, offset: int = 0, limit: int = 51) -> list[SuspenseRow]:
    """Return payments in suspense, the oldest first."""
    return [SuspenseRow(*row) for row in rows(session, _SUSPENSE, {"offset": offset, "limit": limit})]


def uses(session: Session, *, payment_id: int) -> list[Use]:
    """Return what the payment was used for."""
    return [Use(*row) for row in rows(session, _USES, {"id": payment_id})]


def bank_files(session: Session, *, file_id: int = 0, offset: int = 0, limit: int = 51) -> list[BankFile]:
    """Return bank files, newest first, or the one of an id, with their sums."""
    given = {"file_id": file_id, "offset": offset, "limit": limit}
    return [BankFile(*row) for row in rows(session, _FILES, given)]


def bank_lines(session: Session, *, file_id: int, offset: int, limit: int) -> list[BankLine]:
    """Return the lines of a file in their order."""
    given = {"file_id": file_id, "offset": offset, "limit": limit}
    return [BankLine(*row) for row in rows(session, _LINES, given)]


def statements(session: Session, *, file_id: int) -> list[Statement]:
    """Return the statements of a file; closing = opening + lines is shown on the page."""
    return [Statement(*row) for row in rows(session, _STATEMENTS, {"file_id": file_id})]
