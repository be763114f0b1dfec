"""Reads of the customer page: key figures, supply points, open items with ageing, timeline, account."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.rows import one, rows

MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures of a customer: PLN from the ledger and open items, kWh as billed over twelve months."""

    balance: Decimal
    overdue: Decimal
    oldest_due: date | None
    electricity_kwh: Decimal
    gas_kwh: Decimal
    points: int
    active_points: int
    paid_12_months: Decimal
    last_payment: date | None
    invoiced_12_months: Decimal
    open_exceptions: int
    contracts: int
    documents: int
    open_complaints: int = 0
    open_switching: int = 0
    dunning_stage: str | None = None
    merged: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A supply point of the customer with its billed kWh by month (None: nothing billed)."""

    public_id: str
    code: str
    medium: str
    address: str
    dso: str
    tariff_group: str
    annual_kwh: Decimal
    state: str
    contract_number: str
    contract_public_id: str
    supplied_from: date
    supplied_to: date | None
    last_reading: date | None
    months: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A debt or a credit not used up yet (PLN); a payment has no document."""

    document_public_id: str | None
    payment_public_id: str | None
    name: str
    kind: str
    amount: Decimal
    open_amount: Decimal
    business_date: date
    due_date: date


@dataclass(frozen=True, slots=True)
class Movement:
    """A ledger movement of the customer's receivable with the balance after it (PLN)."""

    business_date: date
    code: str
    name: str
    document_public_id: str | None
    payment_public_id: str | None
    amount: Decimal
    balance: Decimal


# The customer and the numbers merged into it: money under an old number stays there and is shown here.
_FAMILY = """any(array(select f.id from operational.customers f
    where f.id = :id or f.merged_into_id = :id))"""

_FIGURES = f"""
  with items as (
    select o.amount, o.due_date, o.amount
      - coalesce((select sum(x.amount) from operational.allocations x where x.debt_item_id = o.id), 0) as open
    from operational.open_items o where o.customer_id = {_FAMILY} and o.amount > 0),
  points as (
    select k.supply_point_id, bool_or(k.valid_from <= :today and (k.valid_to is null
      or k.valid_to > :today)) as active
    from operational.contracts c join operational.contract_supply_points k on k.contract_id = c.id
    where c.customer_id = :id and k.superseded_at is null group by 1),
  used as (
    select p.medium, sum(l.energy_kwh_after - l.energy_kwh_before) as kwh
    from operational.documents d join operational.document_lines l on l.document_id = d.id
    join operational.billing_scopes s on s.id = l.scope_id join operational.supply_points p
      on p.id = s.supply_point_id
    where d.customer_id = {_FAMILY} and l.period_from >= :since group by 1)
  select
    (select coalesce(sum(case when debit_account = 'receivable' then amount else -amount end), 0)
       from operational.ledger_transfers
       where customer_id = {_FAMILY} and 'receivable' in (debit_account, credit_account)),
    (select coalesce(sum(open), 0) from items where due_date < :today),
    (select min(due_date) from items where due_date < :today and open > 0),
    coalesce((select kwh from used where medium = 'electricity'), 0),
    coalesce((select kwh from used where medium = 'gas'), 0),
    (select count(*) from points), (select count(*) from points where active),
    (select coalesce(sum(amount), 0) from operational.payments where customer_id = {_FAMILY}
      and booked_on >= :since),
    (select max(booked_on) from operational.payments where customer_id = {_FAMILY}),
    (select coalesce(sum(gross_amount), 0) from operational.documents
       where customer_id = {_FAMILY} and issue_date >= :since),
    (select count(*) from operational.billing_exceptions where customer_id = :id and resolved_at is null),
    (select count(*) from operational.contracts where customer_id = :id),
    (select count(*) from operational.documents where customer_id = :id),
    (select count(*) from operational.complaints where customer_id = :id and closed_on is null),
    (select count(*) from operational.switching_cases where customer_id = :id and closed_on is null),
    (select stage from operational.dunning_cases where customer_id = :id and closed_on is null),
    array(select customer_number || ' ' || public_id from operational.customers
      where merged_into_id = :id order by customer_number)"""

_POINTS = """
  select s.id, s.public_id::text, s.code, s.medium, a.street || ' ' || a.building || ', ' || a.city, d.name,
    coalesce(t.tariff_group, '–'), coalesce(t.annual_kwh, 0),
    case when k.valid_from > :today then 'future' when k.valid_to <= :today then 'ended' else 'active' end,
    c.number, c.public_id::text, k.valid_from, k.valid_to,
    (select max(r.reading_date) from operational.readings r
       where r.supply_point_id = s.id and r.superseded_at is null)
  from operational.contracts c
  join operational.contract_supply_points k on k.contract_id = c.id and k.superseded_at is null
  join operational.supply_points s on s.id = k.supply_point_id join operational.addresses a
    on a.id = s.address_id
  join operational.dsos d on d.code = s.dso_code
  left join lateral (select tariff_group, annual_kwh from operational.supply_point_terms t
    where t.supply_point_id = s.id and t.superseded_at is null and t.valid_from <= greatest(:today,
      k.valid_from)
    order by t.valid_from desc limit 1) t on true
  where c.customer_id = :id order by k.valid_to is not null, s.medium, s.code, k.valid_from desc"""

_MONTHS = f"""
  select s.supply_point_id, date_trunc('month', l.period_from)::date,
    sum(l.energy_kwh_after - l.energy_kwh_before)
  from operational.documents d join operational.document_lines l on l.document_id = d.id
  join operational.billing_scopes s on s.id = l.scope_id
  where d.customer_id = {_FAMILY} and l.period_from >= :since group by 1, 2"""

_OPEN = f"""
  select * from (
    select d.public_id::text as document_id, p.public_id::text as payment_id,
      coalesce(d.number, n.number, nullif(p.title, ''), 'payment') as name,
      coalesce(d.kind, n.kind, case when o.refund_id is not null then 'refund'
        when o.write_off_id is not null then 'write_off' else 'payment' end) as kind,
      o.amount,
      o.amount - coalesce((select sum(x.amount) from operational.allocations x where x.debt_item_id =
        o.id), 0)
        + coalesce((select sum(x.amount) from operational.allocations x where x.credit_item_id = o.id),
          0) as open,
      o.business_date, o.due_date
    from operational.open_items o left join operational.documents d on d.id = o.document_id
    left join operational.payments p on p.id = o.payment_id
    left join operational.interest_notes n on n.id = o.note_id where o.customer_id = {_FAMILY}) items
  where open <> 0 order by due_date, name"""

_MOVEMENTS = f"""
  select business_date, code, name, document_id, payment_id, amount, balance from (
    select t.id, t.business_date, t.code, coalesce(d.number, nullif(p.title, ''), t.code) as name,
      d.public_id::text as document_id, p.public_id::text as payment_id,
      case when t.debit_account = 'receivable' then t.amount else -t.amount end as amount,
      sum(case when t.debit_account = 'receivable' then t.amount else -t.amount end)
        over (order by t.business_date, t.id) as balance
    from operational.ledger_transfers t left join operational.documents d on d.id = t.document_id
    left join operational.payments p on p.id = t.payment_id
    where t.customer_id = {_FAMILY} and 'receivable' in (t.debit_account, t.credit_account)) m
  order by business_date desc, id desc offset :offset limit :limit"""


def figures(session: Session, *, customer_id: int, today: date) -> Figures:
    """Return the key figures of a customer on the business day."""
    since = add_months(first_of_month(today), -MONTHS_SHOWN)
    row = one(session, _FIGURES, {"id": customer_id, "today": today, "since": since})
    given: list[Any] = [*row[:-1], tuple(tuple(pair.split(" ")) for pair in row[-1])]
    return Figures(*given)


def shown_months(today: date) -> list[date]:
    """Return the twelve months before the one of the business day, oldest first."""
    this_month = first_of_month(today)
    return [add_months(this_month, -back) for back in range(MONTHS_SHOWN, 0, -1)]


def points(session: Session, *, customer_id: int, today: date) -> list[Point]:
    """Return the customer's supply points, active ones first, with the last twelve months billed."""
    months = shown_months(today)
    given = {"id": customer_id, "today": today, "since": months[0]}
    billed = {(row[0], row[1]): row[2] for row in rows(session, _MONTHS, given)}
    found: list[Any] = [
        (*row[1:], tuple(billed.get((row[0], month)) for month in months))
        for row in rows(session, _POINTS, given)
    ]
    return [Point(*row) for row in found]


def open_items(session: Session, *, customer_id: int) -> list[OpenItem]:
    """Return debts not paid in full and credits not used up, the earliest due first."""
    return [OpenItem(*row) for row in rows(session, _OPEN, {"id": customer_id})]


def movements(session: Session, *, customer_id: int, offset: int, limit: int) -> list[Movement]:
    """Return the ledger movements of a customer, newest first, each with the balance after it."""
    given = {"id": customer_id, "offset": offset, "limit": limit}
    return [Movement(*row) for row in rows(session, _MOVEMENTS, given)]


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Open debts whose delay falls into one range of days; `css_class` colours it everywhere alike."""

    code: str
    css_class: str
    amount: Decimal


def ageing(items: list[OpenItem], today: date) -> list[AgeBucket]:
    """Sum open debts by delay: not due, 1-30, 31-60, 61-90, over 90 days; empty ranges are left out."""
    limits = (
        ("not_due", "age0", timedelta(0)), ("1_30", "age1", timedelta(30)), ("31_60", "age2", timedelta(60)),
        ("61_90", "age3", timedelta(90)), ("over_90", "age4", timedelta.max),
    )  # fmt: skip
    sums: dict[str, Decimal] = {}
    for item in items:
        if item.amount > 0:
            late = max(today - item.due_date, timedelta(0))
            code = next(code for code, _css, limit in limits if late <= limit)
            sums[code] = sums.get(code, Decimal(0)) + item.open_amount
    return [AgeBucket(code, css, sums[code]) for code, css, _limit in limits if code in sums]


NOTHING = Decimal(0)

_YEAR_BEFORE = f"""
  select p.public_id::text, (date_trunc('month', l.period_from) + interval '1 year')::date,
    sum(l.energy_kwh_after - l.energy_kwh_before)
  from operational.documents d join operational.document_lines l on l.document_id = d.id
  join operational.billing_scopes s on s.id = l.scope_id
  join operational.supply_points p on p.id = s.supply_point_id
  where d.customer_id = {_FAMILY} and l.period_from >= :since and l.period_from < :until group by 1, 2"""

_DETAILS = """
  select distinct on (s.id) s.public_id::text, coalesce(m.serial, ''), coalesce(t.customer_class, ''),
    t.phases, t.contracted_power_kw, coalesce(t.metering_mode, '')
  from operational.contracts c
  join operational.contract_supply_points k on k.contract_id = c.id and k.superseded_at is null
  join operational.supply_points s on s.id = k.supply_point_id
  left join operational.meter_installations i on i.supply_point_id = s.id and i.superseded_at is null
    and i.valid_from <= :today and (i.valid_to is null or i.valid_to > :today)
  left join operational.meters m on m.id = i.meter_id
  left join operational.supply_point_terms t on t.supply_point_id = s.id and t.superseded_at is null
    and t.valid_from <= :today and (t.valid_to is null or t.valid_to > :today)
  where c.customer_id = :id order by s.id, i.valid_from desc"""


@dataclass(frozen=True, slots=True)
class PointDetails:
    """The meter that stands at a point on the day and its technical terms ('' and None: none)."""

    public_id: str
    meter: str
    customer_class: str
    phases: int | None
    contracted_power_kw: Decimal | None
    metering_mode: str


def points_a_year_before(
    session: Session, *, customer_id: int, today: date
) -> dict[tuple[str, date], Decimal]:
    """Return kWh billed a year before each month shown, by point and month shown."""
    months = shown_months(today)
    given = {
        "id": customer_id,
        "since": add_months(months[0], -MONTHS_SHOWN),
        "until": months[0],
    }
    return {(row[0], row[1]): row[2] for row in rows(session, _YEAR_BEFORE, given)}


def point_details(session: Session, *, customer_id: int, today: date) -> dict[str, PointDetails]:
    """Return meter and technical terms of each supply point of a customer, by public id."""
    found = rows(session, _DETAILS, {"id": customer_id, "today": today})
    return {row[0]: PointDetails(*row) for row in found}
