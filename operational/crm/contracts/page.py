"""Reads of one contract's page: conditions, requested starts,
powers of attorney, bills, and its bar of time.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from operational.crm.contracts.queries import Contract
from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class Conditions:
    """Period, notice and end on [valid_from, valid_to); `ends_on` is the last day of a fixed term."""

    period_months: int | None
    ends_on: date | None
    notice_months: int
    continuation: str
    invoice_channel: str
    promotions: tuple[str, ...]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A requested start with what became of it; `outcome` is empty while it is open."""

    supply_point_id: int
    code: str
    medium: str
    point_public_id: str
    kind: str
    wanted_start: date
    outcome: str
    started_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """A power of attorney or statement that the customer gave."""

    kind: str
    given_on: date
    given_by: str
    old_supplier: str
    old_contract_number: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A document issued under the contract."""

    public_id: str
    number: str
    kind: str
    issue_date: date
    period_from: date
    period_to: date
    gross_amount: object


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the bar of time: place and width in thousandths, what it stands for."""

    kind: str
    words: str
    start: date
    end: date | None
    x: int
    width: int


def conditions(session: Session, *, contract_id: int) -> list[Conditions]:
    """Return the conditions of a contract, newest first."""
    found = rows(
        session,
        "select period_months, ends_on, notice_months, continuation, invoice_channel, promotions, "
        "valid_from, valid_to"
        " from operational.contract_conditions where contract_id = :id and superseded_at is null"
        " order by valid_from desc",
        {"id": contract_id},
    )
    return [
        Conditions(
            row.period_months, row.ends_on, row.notice_months, row.continuation, row.invoice_channel,
            tuple(row.promotions), row.valid_from, row.valid_to,
        )
        for row in found
    ]  # fmt: skip


def start_requests(session: Session, *, contract_id: int) -> list[StartRequest]:
    """Return the requested starts of a contract; of moved ones only the newest day."""
    found = rows(
        session,
        "select p.id, p.code, p.medium, p.public_id::text, r.kind, r.wanted_start, coalesce(e.outcome, ''), "
        "e.started_on,"
        " coalesce(e.reason, '') from operational.start_requests r"
        " join operational.supply_points p on p.id = r.supply_point_id"
        " left join operational.start_request_ends e on e.request_id = r.id"
        " where r.contract_id = :id and e.outcome is distinct from 'moved' order by p.code, r.id",
        {"id": contract_id},
    )
    return [StartRequest(*row) for row in found]


def mandates(session: Session, *, contract_id: int) -> list[Mandate]:
    """Return what the customer lets the seller do."""
    found = rows(
        session,
        "select kind, given_on, given_by, old_supplier, old_contract_number from "
        "operational.contract_mandates"
        " where contract_id = :id and superseded_at is null order by id",
        {"id": contract_id},
    )
    return [Mandate(*row) for row in found]


def bills(session: Session, *, contract_id: int, customer_public_id: str, limit: int = 12) -> list[Bill]:
    """Return the newest documents of a contract."""
    found = rows(
        session,
        "select d.public_id::text, d.number, d.kind, d.issue_date, d.period_from, d.period_to, d.gross_amount"
        " from operational.documents d join operational.customers c on c.id = d.customer_id"
        " where c.public_id = cast(:customer as uuid) and d.contract_id = :id"
        " order by d.issue_date desc, d.id desc limit :limit",
        {"id": contract_id, "customer": customer_public_id, "limit": limit},
    )
    return [Bill(*row) for row in found]


def bar(contract: Contract, *, ends_on: date | None, today: date) -> tuple[list[Segment], int]:
    """Return the bar of time of a contract, price periods and supply, and the place of today in thousandths.

    It reaches from the signature to the last known end, at least two months past today.
    """
    begins = min([contract.signed_on, *(point.valid_from for point in contract.points)])
    known = [day for day in (ends_on, *(point.valid_to for point in contract.points)) if day is not None]
    ends = max([today + timedelta(days=61), *known])
    whole = max((ends - begins).days, 1)

    def place(day: date) -> int:
        return round(1000 * min(max((day - begins).days, 0), whole) / whole)

    def segment(kind: str, words: str, start: date, end: date | None) -> Segment:
        return Segment(kind, words, start, end, place(start), max(place(end or ends) - place(start), 4))

    prices = [
        segment("prices", terms.product, max(terms.valid_from, begins), terms.valid_to)
        for terms in reversed(contract.terms)
    ]
    supplies = sorted({(point.valid_from, point.valid_to) for point in contract.points}, key=lambda s: s[0])
    running = [segment("supply", "", start, end) for start, end in supplies[:6]]
    return [*prices, *running], place(today)
