"""Reads of supply points, meters, readings, and of the files that brought or failed to bring them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class MissingLimitOfValidation(DomainError):
    """A limit of a validation rule has no value on the day."""

    def __init__(self, code: str, day: date) -> None:
        super().__init__(
            "missing_validation_parameter",
            f"The parameter '{code}' of the validation rules has no value on {day}. "
            "Enter one in validation_parameters.",
        )


@dataclass(frozen=True, slots=True)
class SupplyPointRow:
    """A supply point in a list."""

    public_id: str
    code: str
    medium: str
    address: str
    dso: str
    tariff_group: str | None
    annual_kwh: Decimal | None
    customer_name: str | None
    customer_public_id: str | None
    last_reading: date | None


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """A supply point."""

    id: int
    public_id: str
    code: str
    medium: str
    dso_code: str
    dso: str
    street: str
    building: str
    flat: str
    postal_code: str
    city: str

    @property
    def address(self) -> str:
        """Return the address on one line."""
        flat = f"/{self.flat}" if self.flat else ""
        return f"{self.street} {self.building}{flat}, {self.postal_code} {self.city}"


@dataclass(frozen=True, slots=True)
class PointTerms:
    """Technical terms of a point in force on [valid_from, valid_to), as we know them now."""

    tariff_group: str
    phases: int
    contracted_power_kw: Decimal | None
    annual_kwh: Decimal
    capacity_mode: str
    customer_class: str
    metering_mode: str
    gas_area_code: str | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A meter at the point on [valid_from, valid_to) with its registers as `zone (digits, multiplier)`."""

    serial: str
    zones: tuple[str, ...]
    unit: str
    digits: int
    multiplier: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A register value at the end of a day, and what it replaced."""

    id: int
    reading_date: date
    serial: str
    zone_code: str
    value: Decimal
    unit: str
    kind: str
    reason: str
    version: int
    previous_value: Decimal | None
    file_name: str | None
    recorded_at: datetime
    is_superseded: bool


@dataclass(frozen=True, slots=True)
class Volume:
    """A quantity billed by the distributor for [period_from, period_to)."""

    period_from: date
    period_to: date
    zone_code: str
    quantity: Decimal
    unit: str
    quality: str
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Supply:
    """Days on which a contract supplies the point."""

    contract_number: str
    contract_public_id: str
    customer_name: str
    customer_public_id: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that passed the gate, with what became of its rows."""

    id: int
    name: str
    kind: str
    format: str
    size_bytes: int
    received_at: datetime
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_duplicate: int
    waiting: int


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file refused as a whole."""

    id: int
    name: str
    received_at: datetime
    code: str
    reason: str
    cure: str
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row in quarantine, as it came (without the header kept with it), with the reason and the cure."""

    id: int
    file_id: int
    file_name: str
    row_no: int
    content: str
    code: str
    reason: str
    cure: str
    received_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


# The page is cut first; everything else is looked up for its rows only.
_LIST = """
  select s.public_id::text, s.code, s.medium, a.street || ' ' || a.building || ', ' || a.city, d.name,
    t.tariff_group, t.annual_kwh, c.name, c.public_id::text,
    (select max(r.reading_date) from operational.readings r where r.supply_point_id = s.id
      and r.superseded_at is null)
  from (select s.* from operational.supply_points s where {where}
    order by s.code offset :offset limit :limit) s
  join operational.addresses a on a.id = s.address_id
  join operational.dsos d on d.code = s.dso_code
  left join operational.supply_point_terms t on t.supply_point_id = s.id and t.superseded_at is null
    and t.valid_from <= :today and (t.valid_to is null or t.valid_to > :today)
  left join operational.contract_supply_points k on k.supply_point_id = s.id and k.superseded_at is null
    and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today)
  left join operational.contracts n on n.id = k.contract_id left join operational.customers c
    on c.id = n.customer_id
  order by s.code"""
# Most points are supplied and met while the list is walked; those without supply are found by their set.
_SUPPLIED = """exists (select from operational.contract_supply_points k
    where k.supply_point_id = s.id and k.superseded_at is null
      and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today))"""

_IDLE = """s.id not in (select k.supply_point_id from operational.contract_supply_points k
    where k.superseded_at is null
      and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today))"""

_POINT = """
  select s.id, s.public_id::text, s.code, s.medium, s.dso_code, d.name, a.street, a.building, a.flat,
    a.postal_code,
    a.city
  from operational.supply_points s join operational.addresses a on a.id = s.address_id
  join operational.dsos d on d.code = s.dso_code where s.public_id = cast(:id as uuid)"""

_TERMS = """
  select tariff_group, phases, contracted_power_kw, annual_kwh, capacity_mode, customer_class, metering_mode,
    gas_area_code, valid_from, valid_to, recorded_at, recorded_by
  from operational.supply_point_terms where supply_point_id = :id and superseded_at is null
    order by valid_from desc"""

_INSTALLATIONS = """
  select m.serial, array_agg(r.zone_code order by r.zone_code), min(r.unit), min(r.digits), min(r.multiplier),
    i.valid_from, i.valid_to
  from operational.meter_installations i join operational.meters m on m.id = i.meter_id
  join operational.registers r on r.meter_id = m.id
  where i.supply_point_id = :id and i.superseded_at is null
  group by i.id, m.serial order by i.valid_from desc"""

_READINGS = """
  select r.id, r.reading_date, m.serial, g.zone_code, r.value, g.unit, r.kind, r.reason, r.version,
    lag(r.value) over (partition by r.register_id, r.superseded_at is null order by r.reading_date), f.name,
    r.recorded_at, r.superseded_at is not null
  from operational.readings r join operational.registers g on g.id = r.register_id
  join operational.meters m on m.id = g.meter_id left join raw.files f on f.id = r.file_id
  where r.supply_point_id = :id and (:with_superseded or r.superseded_at is null)
  order by r.reading_date desc, m.serial, g.zone_code, r.version desc limit :limit"""

_VOLUMES = """
  select period_from, period_to, zone_code, quantity, unit, quality, version, recorded_at
  from operational.billed_volumes where supply_point_id = :id and superseded_at is null
  order by period_from desc, zone_code limit :limit"""

_SUPPLIES = """
  select n.number, n.public_id::text, c.name, c.public_id::text, k.valid_from, k.valid_to
  from operational.contract_supply_points k join operational.contracts n on n.id = k.contract_id
  join operational.customers c on c.id = n.customer_id
  where k.supply_point_id = :id and k.superseded_at is null order by k.valid_from desc"""

_FILES = """
  select f.id, f.name, f.kind, f.format, f.size_bytes, f.received_at, f.rows_read, f.rows_accepted,
    f.rows_rejected,
    f.rows_duplicate, (select count(*) from raw.rejected_rows r where r.file_id = f.id
      and r.resolved_at is null)
  from raw.files f where (:kind = '' or f.kind = :kind) order by f.received_at desc, f.id desc
  offset :offset limit :limit"""

_REJECTED_ROWS = """
  select r.id, r.file_id, f.name, r.row_no,
    case when f.kind = 'bank_statements' then r.content else split_part(r.content, chr(10), -1) end,
    r.code, r.reason, r.cure, f.received_at, r.resolved_at, r.resolved_by, r.resolution
  from raw.rejected_rows r join raw.files f on f.id = r.file_id
  where (:file_id = 0 or r.file_id = :file_id) and (:with_resolved or r.resolved_at is null)
  order by f.received_at desc, r.file_id desc, r.row_no offset :offset limit :limit"""


_PARAMETER = """
  select value from operational.validation_parameters where code = :code and superseded_at is null
    and valid_from <= :day and (valid_to is null or valid_to > :day)"""


def validation_parameter(session: Session, *, code: str, day: date) -> Decimal:
    """Return a limit of the validation rules on a day; raises MissingLimitOfValidation."""
    found = first(session, _PARAMETER, {"code": code, "day": day})
    if found is None:
        raise MissingLimitOfValidation(code, day)
    return Decimal(found[0])


def supply_point_list(
    session: Session,
    *,
    today: date,
    medium: str = "",
    code: str = "",
    dso: str = "",
    state: str = "",
    offset: int = 0,
    limit: int = 51,
) -> list[SupplyPointRow]:
    """Return supply points by code; `code` is a fragment of digits, `state` supplied, idle or empty."""
    digits = "".join(character for character in code if character.isalnum())
    given: dict[str, Any] = {"today": today, "offset": offset, "limit": limit}
    conditions = []
    if medium:
        conditions.append("s.medium = :medium")
        given["medium"] = medium
    if digits:
        conditions.append("s.code like :code")
        given["code"] = f"%{digits}%"
    if dso:
        conditions.append("s.dso_code = :dso")
        given["dso"] = dso
    if state:
        conditions.append(_SUPPLIED if state == "supplied" else _IDLE)
    statement = _LIST.format(where=" and ".join(conditions) or "true")
    return [SupplyPointRow(*row) for row in rows(session, statement, given)]


def dso_names(session: Session) -> list[tuple[str, str]]:
    """Return codes and names of the distributors."""
    found = rows(session, "select code, name from operational.dsos order by medium, name")
    return [(str(row[0]), str(row[1])) for row in found]


def supply_point(session: Session, *, public_id: str) -> SupplyPoint | None:
    """Return the supply point of a public id, or None."""
    row = first(session, _POINT, {"id": public_id})
    return SupplyPoint(*row) if row else None


def point_terms(session: Session, *, supply_point_id: int) -> list[PointTerms]:
    """Return the technical terms of a point, newest first."""
    return [PointTerms(*row) for row in rows(session, _TERMS, {"id": supply_point_id})]


def installations(session: Session, *, supply_point_id: int) -> list[Installation]:
    """Return the meters of a point, newest first."""
    found = rows(session, _INSTALLATIONS, {"id": supply_point_id})
    return [Installation(row[0], tuple(row[1]), *row[2:]) for row in found]


def readings(
    session: Session, *, supply_point_id: int, with_superseded: bool = False, limit: int = 120
) -> list[Reading]:
    """Return the newest readings of a point; replaced versions only when asked for."""
    given = {"id": supply_point_id, "with_superseded": with_superseded, "limit": limit}
    return [Reading(*row) for row in rows(session, _READINGS, given)]


def volumes(session: Session, *, supply_point_id: int, limit: int = 60) -> list[Volume]:
    """Return the newest volumes billed by the distributor."""
    found = rows(session, _VOLUMES, {"id": supply_point_id, "limit": limit})
    return [Volume(*row) for row in found]


def supplies(session: Session, *, supply_point_id: int) -> list[Supply]:
    """Return which contracts supplied the point when, newest first."""
    return [Supply(*row) for row in rows(session, _SUPPLIES, {"id": supply_point_id})]


def billed_by_month(
    session: Session, *, supply_point_id: int, since: date
) -> dict[date, tuple[Decimal, bool]]:
    """Return billed kWh by month of use, and whether any of it was estimated."""
    found = rows(
        session,
        "select date_trunc('month', l.period_from)::date, sum(l.energy_kwh_after - l.energy_kwh_before),"
        " bool_or(l.is_estimated) filter (where not exists (select 1 from operational.document_lines n"
        "   where n.scope_id = l.scope_id and n.document_id > l.document_id))"
        " from operational.document_lines l join operational.billing_scopes s on s.id = l.scope_id"
        " where s.supply_point_id = :id and l.period_from >= :since group by 1",
        {"id": supply_point_id, "since": since},
    )
    return {row[0]: (row[1], bool(row[2])) for row in found}


def file_list(session: Session, *, kind: str = "", offset: int = 0, limit: int = 51) -> list[FileRow]:
    """Return received files, newest first, of one kind or all."""
    given = {"kind": kind, "offset": offset, "limit": limit}
    return [FileRow(*row) for row in rows(session, _FILES, given)]


def rejected_files(session: Session, *, limit: int = 50) -> list[RejectedFile]:
    """Return files refused as a whole, waiting ones first."""
    found = rows(
        session,
        "select id, name, received_at, code, reason, cure, resolved_at, resolved_by from "
        "raw.rejected_files"
        " order by resolved_at is not null, received_at desc, id desc limit :limit",
        {"limit": limit},
    )
    return [RejectedFile(*row) for row in found]


def rejected_rows(
    session: Session, *, file_id: int = 0, with_resolved: bool = False, offset: int = 0, limit: int = 51
) -> list[RejectedRow]:
    """Return rows in quarantine, of one file or all."""
    given = {"file_id": file_id, "with_resolved": with_resolved, "offset": offset, "limit": limit}
    return [RejectedRow(*row) for row in rows(session, _REJECTED_ROWS, given)]
