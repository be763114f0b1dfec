"""A tiny portfolio for the gate's tests: points with meters, and files made from rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import complete_supply_point_code
from operational.metering.formats.layouts import load_layouts
from operational.metering.formats.readings import BilledVolumeRow, ReadingKind, RegisterReadingRow, VolumeUnit
from operational.metering.formats.table import write_rows
from tests.factories.supply import insert

AS_OF = datetime(2026, 5, 4, 8, tzinfo=UTC)
LAYOUTS = {layout.name: layout for layout in load_layouts()}


@dataclass(frozen=True)
class Place:
    """A point with its meter."""

    point_id: int
    code: str
    serial: str
    meter_id: int


def make_place(session: Session, ordinal: int, *, medium: str = "electricity", digits: int = 6) -> Place:
    """Insert a point with a meter of one register (zone all) that stands since 2025-01-01."""
    address = insert(
        session,
        "operational.addresses",
        street="ul. Krótka",
        building="1",
        postal_code="00-001",
        city="Warszawa",
    )
    code = complete_supply_point_code(f"590543570{ordinal:08d}")
    dso = session.execute(
        text("select code from operational.dsos where medium = :medium order by code limit 1"),
        {"medium": medium},
    ).scalar_one()
    point = insert(
        session, "operational.supply_points", code=code, medium=medium, dso_code=dso, address_id=address
    )
    meter = insert(session, "operational.meters", serial=f"M{ordinal}", medium=medium)
    insert(
        session, "operational.registers", meter_id=meter, zone_code="all", digits=digits,
        unit="kwh" if medium == "electricity" else "m3",
    )  # fmt: skip
    insert(
        session,
        "operational.meter_installations",
        meter_id=meter,
        supply_point_id=point,
        valid_from=date(2025, 1, 1),
    )
    return Place(point, code, f"M{ordinal}", meter)


def reading(
    place: Place, day: date, value: str, *, version: int = 1, kind: str = "actual_remote"
) -> RegisterReadingRow:
    """Make a row for the register of the place."""
    return RegisterReadingRow(
        0, place.code, place.serial, "all", day, Decimal(value), ReadingKind(kind), version=version
    )


def volume(
    place: Place, start: date, end: date, kwh: str, *, version: int = 1, unit: str = "kwh"
) -> BilledVolumeRow:
    """Make a row of a billed volume in zone all."""
    return BilledVolumeRow(0, place.code, "all", start, end, Decimal(kwh), VolumeUnit(unit), version=version)


def readings_file(rows: Iterable[RegisterReadingRow], layout: str = "iris_readings") -> bytes:
    """Write rows as a file."""
    return write_rows(rows, LAYOUTS[layout])


def volumes_file(rows: Iterable[BilledVolumeRow]) -> bytes:
    """Write rows as a file."""
    return write_rows(rows, LAYOUTS["iris_volumes"])


def readings_state(session: Session) -> set[tuple[object, ...]]:
    """Return what the facts say about readings, whatever way it came: key, version, value, kind, holds."""
    rows = session.execute(
        text(
            "select register_id, reading_date, version, value, kind, superseded_at is null"
            " from operational.readings"
        )
    )
    return {tuple(row) for row in rows}


def volumes_state(session: Session) -> set[tuple[object, ...]]:
    """Return what the facts say about billed volumes."""
    rows = session.execute(
        text(
            "select supply_point_id, zone_code, period_from, period_to, version, quantity,"
            " superseded_at is null from operational.billed_volumes"
        )
    )
    return {tuple(row) for row in rows}
