"""Reads of changes: lists of what is under way, one amendment, assignment, termination or indexation."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class Head:
    """A contract as the forms of changes show it."""

    id: int
    public_id: str
    number: str
    customer_id: int
    customer_public_id: str
    customer_name: str
    customer_number: str
    customer_kind: str
    starts_on: date | None
    ends_on: date | None
    fixed_until: date | None


@dataclass(frozen=True, slots=True)
class TermsNow:
    """Terms of a contract on a day, as an amendment's form begins with them."""

    price_list_id: int
    price_list: str
    product: str
    medium: str
    cycle_months: int
    payment_term_days: int
    invoicing_rule: str
    invoice_channel: str
    continuation: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PointNow:
    """A supply point of a contract with the terms an amendment may change."""

    id: int
    code: str
    address: str
    tariff_group: str
    contracted_power_kw: Decimal | None
    phases: int
    annual_kwh: Decimal


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change in the list: ``kind`` amendment, assignment or termination, ``effective_on`` its first day."""

    kind: str
    public_id: str
    number: str
    state: str
    contract_number: str
    contract_public_id: str
    customer_name: str
    customer_public_id: str
    effective_on: date
    amount: Decimal | None
    created_at: datetime
    created_by: str


_HEAD = """
  select c.id, c.public_id::text, c.number, u.id, u.public_id::text, u.name, u.customer_number, u.kind,
    (select min(valid_from) from operational.contract_supply_points s where s.contract_id = c.id
      and s.superseded_at is null),
    (select case when bool_or(valid_to is null) then null else max(valid_to) - 1 end
      from operational.contract_supply_points s where s.contract_id = c.id and s.superseded_at is null),
    (select k.ends_on from operational.contract_conditions k where k.contract_id = c.id
      and k.superseded_at is null order by k.valid_from desc limit 1)
  from operational.contracts c join operational.customers u on u.id = c.customer_id
  where c.public_id = cast(:id as uuid)"""


def head(session: Session, *, public_id: str) -> Head | None:
    """Return a contract by its public id, or None."""
    found = first(session, _HEAD, {"id": public_id})
    return None if found is None else Head(*found)


def terms_now(session: Session, *, contract_id: int, on: date) -> TermsNow | None:
    """Return the terms that hold on a day, or None without any."""
    found = first(
        session,
        """select l.id, l.name, p.name, p.medium, t.cycle_months, t.payment_term_days, t.invoicing_rule,
             u.invoice_channel, coalesce(k.continuation, 'indefinite'), k.ends_on
           from operational.contracts c join operational.customers u on u.id = c.customer_id
           join lateral (select * from operational.contract_terms t where t.contract_id = c.id
             and t.superseded_at is null order by (t.valid_from <= :on and (t.valid_to is null
               or t.valid_to > :on)) desc, t.valid_from desc limit 1) t on true
           join operational.price_lists l on l.id = t.price_list_id
           join operational.products p on p.id = l.product_id
           left join lateral (select * from operational.contract_conditions k where k.contract_id = c.id
             and k.superseded_at is null order by k.valid_from desc limit 1) k on true
           where c.id = :contract""",
        {"contract": contract_id, "on": on},
    )
    return None if found is None else TermsNow(*found)


def points_now(session: Session, *, contract_id: int, on: date) -> list[PointNow]:
    """Return the points a contract supplies on a day or later, with their terms then."""
    found = rows(
        session,
        """select distinct on (p.code) p.id, p.code, a.street || ' ' || a.building || ', ' || a.city,
             t.tariff_group, t.contracted_power_kw, t.phases, t.annual_kwh
           from operational.contract_supply_points k
           join operational.supply_points p on p.id = k.supply_point_id
           join operational.addresses a on a.id = p.address_id
           join lateral (select * from operational.supply_point_terms t where t.supply_point_id = p.id
             and t.superseded_at is null order by (t.valid_from <= :on) desc, t.valid_from desc limit 1) t
             on true
           where k.contract_id = :contract and k.superseded_at is null
             and (k.valid_to is null or k.valid_to > :on) order by p.code""",
        {"contract": contract_id, "on": on},
    )
    return [PointNow(*row) for row in found]


def components_now(session: Session, *, contract_id: int, on: date) -> list[Any]:
    """Return discounts and services in force on a day: id, code, name_pl, name_en, kind, value."""
    return rows(
        session,
        "select id, code, name_pl, name_en, kind, value from operational.contract_components "
        "where contract_id = :id and superseded_at is null and valid_from < :on "
        "and (valid_to is null or valid_to > :on) order by code",
        {"id": contract_id, "on": on},
    )


def price_lists_of(session: Session, *, medium: str, on: date) -> list[tuple[int, str]]:
    """Return (id, name) of the price lists of a medium that have an energy price on a day."""
    found = rows(
        session,
        """select l.id, p.name || ' · ' || l.name from operational.price_lists l
           join operational.products p on p.id = l.product_id
           where p.medium = :medium and exists (select from operational.price_list_items i
             where i.price_list_id = l.id and i.superseded_at is null and i.valid_from <= :on
               and (i.valid_to is null or i.valid_to > :on)) order by 2, 1""",
        {"medium": medium, "on": on},
    )
    return [(row[0], row[1]) for row in found]


_ALL = """
  select * from (
    select 'amendment' as kind, a.public_id::text, a.number, a.state, c.number as contract_number,
      c.public_id::text as contract_public_id, u.name, u.public_id::text as customer_public_id,
      a.effective_on, a.yearly_after - a.yearly_before as amount, a.created_at, a.created_by
    from operational.amendments a join operational.contracts c on c.id = a.contract_id
    join operational.customers u on u.id = a.customer_id where :contract = 0 or a.contract_id = :contract
    union all
    select 'assignment', a.public_id::text, a.number, a.state, c.number, c.public_id::text, u.name,
      u.public_id::text, a.assigned_on, null, a.created_at, a.created_by
    from operational.assignments a join operational.contracts c on c.id = a.contract_id
    join operational.customers u on u.id = a.from_customer_id
    where :contract = 0 or :contract in (a.contract_id, a.new_contract_id)
    union all
    select 'termination', t.public_id::text, t.number, t.state, c.number, c.public_id::text, u.name,
      u.public_id::text, t.ends_on + 1, t.penalty_amount, t.created_at, t.created_by
    from operational.terminations t join operational.contracts c on c.id = t.contract_id
    join operational.customers u on u.id = t.customer_id where :contract = 0 or t.contract_id = :contract
  ) x where (:kind = '' or x.kind = :kind)
    and (:open = '' or (x.state in ('draft', 'sent')) = (:open = 'yes'))
  order by x.created_at desc, x.number desc offset :offset limit :limit"""


def changes(
    session: Session, *, kind: str = "", open_only: str = "", contract_id: int = 0, offset: int = 0,
    limit: int = 51,
) -> list[ChangeRow]:  # fmt: skip
    """Return changes, newest first; ``open_only`` is yes, no or empty, ``contract_id`` narrows to one."""
    given = {
        "kind": kind, "open": open_only, "contract": contract_id, "offset": offset, "limit": limit,
    }  # fmt: skip
    return [ChangeRow(*row) for row in rows(session, _ALL, given)]


def amendment(session: Session, *, public_id: str) -> Any:
    """Return an amendment with its contract and customer, or None."""
    return first(
        session,
        """select a.*, a.public_id::text as public_id, c.number as contract_number,
             c.public_id::text as contract_public_id, u.name as customer_name,
             u.public_id::text as customer_public_id
           from operational.amendments a join operational.contracts c on c.id = a.contract_id
           join operational.customers u on u.id = a.customer_id where a.public_id = cast(:id as uuid)""",
        {"id": public_id},
    )


def assignment(session: Session, *, public_id: str) -> Any:
    """Return an assignment with both parties and contracts, or None."""
    return first(
        session,
        """select a.*, a.public_id::text as public_id, c.number as contract_number,
             c.public_id::text as contract_public_id, n.number as new_number,
             n.public_id::text as new_public_id, f.name as from_name, f.customer_number as from_number,
             f.public_id::text as from_public_id, t.name as to_name, t.customer_number as to_number,
             t.public_id::text as to_public_id,
             (select coalesce(sum(m.amount), 0) from operational.balance_moves m
               where m.assignment_id = a.id) as moved
           from operational.assignments a join operational.contracts c on c.id = a.contract_id
           join operational.customers f on f.id = a.from_customer_id
           join operational.customers t on t.id = a.to_customer_id
           left join operational.contracts n on n.id = a.new_contract_id
           where a.public_id = cast(:id as uuid)""",
        {"id": public_id},
    )


def final_documents(session: Session, *, assignment_id: int) -> list[Any]:
    """Return the bills at both sides of an assignment's day: side (old, new), number, public_id, period,
    kWh and gross.
    """
    return rows(
        session,
        """select case when d.contract_id = a.contract_id then 'old' else 'new' end as side, d.number,
             d.public_id::text as public_id, d.kind, d.period_from, d.period_to, d.energy_kwh, d.gross_amount
           from operational.assignments a join operational.documents d
             on (d.contract_id = a.contract_id and d.period_to >= a.assigned_on - 31)
             or d.contract_id = a.new_contract_id
           where a.id = :id order by 1 desc, d.period_from, d.id limit 12""",
        {"id": assignment_id},
    )


def closing_readings(session: Session, *, values: dict[str, str], on: date) -> list[Any]:
    """Return (point, meter, zone, unit, value) of an assignment's closing readings."""
    found = rows(
        session,
        """select r.id, p.code as point, m.serial as meter, r.zone_code as zone, r.unit
           from operational.registers r join operational.meters m on m.id = r.meter_id
           join operational.meter_installations i on i.meter_id = m.id and i.superseded_at is null
             and i.valid_from < :on and (i.valid_to is null or i.valid_to >= :on)
           join operational.supply_points p on p.id = i.supply_point_id where r.id = any(:ids)
           order by p.code, r.zone_code""",
        {"ids": [int(key) for key in values], "on": on},
    )
    return [{**row._mapping, "value": Decimal(values[str(row.id)])} for row in found]


def termination(session: Session, *, public_id: str) -> Any:
    """Return a termination with its contract and customer, or None."""
    return first(
        session,
        """select t.*, t.public_id::text as public_id, c.number as contract_number,
             c.public_id::text as contract_public_id, u.name as customer_name,
             u.public_id::text as customer_public_id, n.source as rule_source
           from operational.terminations t join operational.contracts c on c.id = t.contract_id
           join operational.customers u on u.id = t.customer_id
           left join operational.notice_rules n on n.id = t.rule_id
           where t.public_id = cast(:id as uuid)""",
        {"id": public_id},
    )


def customer_id_of(session: Session, *, number: str) -> int | None:
    """Return the id of a customer by number, or None."""
    found = first(
        session, "select id from operational.customers where customer_number = :number", {"number": number}
    )
    return None if found is None else int(found.id)


_INDEXATIONS = """
  select x.*, x.public_id::text as public_id, coalesce(l.name, '') as target, coalesce(s.name, '') as source,
    coalesce(p.name, '') as product, x.created_by = operational.actor() as is_own,
    (select count(*) from operational.messages m where m.key like 'indexation:' || x.number || ':%') as told
  from operational.indexations x left join operational.price_lists l on l.id = x.target_price_list_id
  left join operational.price_lists s on s.id = x.from_price_list_id
  left join operational.products p on p.id = x.product_id"""


def indexations(session: Session, *, offset: int = 0, limit: int = 50) -> list[Any]:
    """Return indexations: those that wait first, then the newest."""
    return rows(
        session,
        f"{_INDEXATIONS} order by x.state <> 'prepared', x.id desc offset :offset limit :limit",
        {"offset": offset, "limit": limit},
    )


def indexation(session: Session, *, public_id: str) -> Any:
    """Return an indexation, or None."""
    return first(session, f"{_INDEXATIONS} where x.public_id = cast(:id as uuid)", {"id": public_id})


def indexation_items(
    session: Session, *, indexation_id: int, skipped: str = "", offset: int = 0, limit: int = 51
) -> list[Any]:
    """Return the contracts of an indexation, the largest effect first; ``skipped`` is yes, no or empty."""
    return rows(
        session,
        """select c.number, c.public_id::text as public_id, u.name as customer_name, l.name as price_list,
             i.annual_kwh, i.average_before, i.average_after, i.yearly_effect, i.skip_reason
           from operational.indexation_items i join operational.contracts c on c.id = i.contract_id
           join operational.customers u on u.id = c.customer_id
           join operational.price_lists l on l.id = i.price_list_id
           where i.indexation_id = :id and (:skipped = '' or (i.skip_reason <> '') = (:skipped = 'yes'))
           order by i.skip_reason <> '', i.yearly_effect desc, c.number offset :offset limit :limit""",
        {"id": indexation_id, "skipped": skipped, "offset": offset, "limit": limit},
    )


def skip_reasons(session: Session, *, indexation_id: int) -> list[Any]:
    """Return (skip_reason, contracts) of an indexation, the most frequent first."""
    return rows(
        session,
        "select skip_reason, count(*) as contracts from operational.indexation_items "
        "where indexation_id = :id and skip_reason <> '' group by 1 order by 2 desc, 1",
        {"id": indexation_id},
    )


def products(session: Session) -> list[tuple[int, str]]:
    """Return (id, name) of all products."""
    return [(row[0], row[1]) for row in rows(session, "select id, name from operational.products order by 2")]


def price_lists_all(session: Session) -> list[tuple[int, str]]:
    """Return (id, product and name) of all price lists."""
    found = rows(
        session,
        "select l.id, p.name || ' · ' || l.name from operational.price_lists l "
        "join operational.products p on p.id = l.product_id order by 2, 1",
    )
    return [(row[0], row[1]) for row in found]
