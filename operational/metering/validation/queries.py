"""Reads of validation: rules with what they found, passes, requests to distributors, registers of a point."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its limits in words (``code = value unit``) and the number of its findings."""

    code: str
    name: str
    severity: str
    action: str
    is_active: bool
    source: str
    limits: list[str]
    waiting: int
    closed: int
    automatic: int


@dataclass(frozen=True, slots=True)
class PassRow:
    """A pass of validation."""

    as_of: datetime
    is_full: bool
    points: int
    opened: int
    settled: int
    automatic: int
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An actual reading asked of a distributor."""

    supply_point_public_id: str
    supply_point_code: str
    dso: str
    reason: str
    requested_at: datetime
    wanted_by: date
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register of the meter that stands at a point, with its last actual value."""

    id: int
    serial: str
    zone_code: str
    unit: str
    digits: int
    multiplier: Decimal
    last_value: Decimal | None
    last_date: date | None


_RULES = """
  select r.code, r.name, r.severity, r.action, r.is_active, r.source,
    coalesce((select array_agg(p.code || ' = ' || trim_scale(p.value) || ' ' || p.unit order by p.code)
      from operational.validation_parameters p where p.rule_code = r.code and p.superseded_at is null
        and p.valid_from <= :today and (p.valid_to is null or p.valid_to > :today)), '{}') as limits,
    count(e.id) filter (where e.resolved_at is null),
    count(e.id) filter (where e.resolved_at is not null and e.resolution <> 'automatic'),
    count(e.id) filter (where e.resolution = 'automatic')
  from operational.validation_rules r left join operational.billing_exceptions e on e.rule_code = r.code
  group by r.id order by substr(r.code, 2)::int"""
_PASSES = """
  select as_of, is_full, points, opened, settled, automatic, recorded_by from operational.validation_passes
  order by id desc limit 10"""
_REQUESTS = """
  select p.public_id::text, p.code, d.name, q.reason, q.requested_at, q.wanted_by, q.answered_at
  from operational.reading_requests q join operational.supply_points p on p.id = q.supply_point_id
  join operational.dsos d on d.code = p.dso_code
  where :with_answered or q.answered_at is null order by d.name, q.wanted_by, p.code limit :limit"""
_REGISTERS = """
  select g.id, m.serial, g.zone_code, g.unit, g.digits, g.multiplier, l.value, l.reading_date
  from operational.meter_installations i join operational.meters m on m.id = i.meter_id
  join operational.registers g on g.meter_id = m.id
  left join lateral (select r.value, r.reading_date from operational.readings r where r.register_id = g.id
    and r.superseded_at is null and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic')
    order by r.reading_date desc limit 1) l on true
  where i.supply_point_id = :point and i.superseded_at is null and i.valid_from <= :day
    and (i.valid_to is null or i.valid_to > :day)
  order by g.zone_code"""


def rule_rows(session: Session, *, today: date) -> list[RuleRow]:
    """Return every rule with its limits of the day and what it found so far."""
    return [RuleRow(*row) for row in rows(session, _RULES, {"today": today})]


def passes(session: Session) -> list[PassRow]:
    """Return the last ten passes, the newest first."""
    return [PassRow(*row) for row in rows(session, _PASSES, {})]


def reading_requests(session: Session, *, with_answered: bool = False, limit: int = 500) -> list[RequestRow]:
    """Return readings asked of distributors, by distributor and the day they are wanted by."""
    given = {"with_answered": with_answered, "limit": limit}
    return [RequestRow(*row) for row in rows(session, _REQUESTS, given)]


def registers_of_point(session: Session, *, supply_point_id: int, day: date) -> list[RegisterRow]:
    """Return the registers of the meter that stands at the point on a day."""
    return [RegisterRow(*row) for row in rows(session, _REGISTERS, {"point": supply_point_id, "day": day})]


@dataclass(frozen=True, slots=True)
class OwnRegister:
    """A register at a point of a customer, with its last actual value."""

    supply_point_id: int
    supply_point_code: str
    medium: str
    place: str
    register_id: int
    serial: str
    zone_code: str
    unit: str
    last_value: Decimal | None
    last_date: date | None


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A reading that the customer reported, and what became of it."""

    reading_date: date
    serial: str
    zone_code: str
    value: Decimal
    submitted_at: datetime
    processed_at: datetime | None
    verdict: str | None
    is_taken: bool


_OWN_REGISTERS = """
  select p.id, p.code, p.medium, a.street || ' ' || a.building || ', ' || a.city, g.id, m.serial, g.zone_code,
    g.unit, l.value, l.reading_date
  from operational.contracts n
  join operational.contract_supply_points k on k.contract_id = n.id and k.superseded_at is null
    and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today)
  join operational.supply_points p on p.id = k.supply_point_id
  join operational.addresses a on a.id = p.address_id
  join operational.meter_installations i on i.supply_point_id = p.id and i.superseded_at is null
    and i.valid_from <= :today and (i.valid_to is null or i.valid_to > :today)
  join operational.meters m on m.id = i.meter_id
  join operational.registers g on g.meter_id = m.id and g.zone_code <> 'total'
  left join lateral (select r.value, r.reading_date from operational.readings r where r.register_id = g.id
    and r.superseded_at is null and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic')
    order by r.reading_date desc limit 1) l on true
  where n.customer_id = :customer order by p.code, g.zone_code"""
_OWN_REPORTS = """
  select c.reading_date, m.serial, g.zone_code, c.value, c.submitted_at, c.processed_at, c.verdict,
    c.reading_id is not null
  from operational.customer_readings c join operational.registers g on g.id = c.register_id
  join operational.meters m on m.id = g.meter_id
  where c.customer_id = :customer order by c.id desc limit 20"""


def own_registers(session: Session, *, customer_id: int, today: date) -> list[OwnRegister]:
    """Return the registers that a customer may report: of meters that stand at supplied points today."""
    given = {"customer": customer_id, "today": today}
    return [OwnRegister(*row) for row in rows(session, _OWN_REGISTERS, given)]


def own_reports(session: Session, *, customer_id: int) -> list[OwnReport]:
    """Return the customer's last twenty reports."""
    return [OwnReport(*row) for row in rows(session, _OWN_REPORTS, {"customer": customer_id})]
