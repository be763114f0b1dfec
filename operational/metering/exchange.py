"""Exchange of a meter: the old one stands until the day of exchange, the new one from that day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError


class ExchangeError(DomainError):
    """An exchange that does not fit what stands at the point."""


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register of the new meter; energy (kWh or m3) = difference of readings x multiplier."""

    zone_code: str
    unit: str = "kwh"
    digits: int = 6
    multiplier: Decimal = Decimal(1)


def exchange_meter(
    session: Session,
    *,
    supply_point_id: int,
    serial: str,
    registers: Sequence[NewRegister],
    first_day: date,
    as_of: datetime,
) -> int:
    """Replace the meter of a point; ``first_day`` is the new meter's first day. Return the new meter's id.

    The last reading of the old meter (reason removal) and the first of the new one (reason installation)
    carry the date of the day before and come from the distributor as readings. Raises ExchangeError when no
    meter stands there on that day, or when the serial is known already.
    """
    if session.execute(text("select 1 from operational.meters where serial = :s"), {"s": serial}).first():
        raise ExchangeError("meter_known", f"Meter {serial} is known already. Check the serial number.")
    old = session.execute(
        text(
            "update operational.meter_installations set superseded_at = :at where supply_point_id = :point "
            "and superseded_at is null and valid_from < :day and (valid_to is null or valid_to > :day) "
            "returning meter_id, valid_from, valid_to"
        ),
        {"at": as_of, "point": supply_point_id, "day": first_day},
    ).one_or_none()
    if old is None:
        raise ExchangeError(
            "no_meter_to_exchange",
            f"No meter stands at the point around {first_day}. Check the point and the day.",
        )
    meter_id = int(
        session.execute(
            text(
                "insert into operational.meters (serial, medium) "
                "select :serial, medium from operational.supply_points where id = :point returning id"
            ),
            {"serial": serial, "point": supply_point_id},
        ).scalar_one()
    )
    session.execute(
        text(
            "insert into operational.registers (meter_id, zone_code, unit, digits, multiplier) "
            "values (:meter, :zone, :unit, :digits, :multiplier)"
        ),
        [
            {
                "meter": meter_id, "zone": register.zone_code, "unit": register.unit,
                "digits": register.digits, "multiplier": register.multiplier,
            }
            for register in registers
        ],
    )  # fmt: skip
    session.execute(
        text(
            "insert into operational.meter_installations "
            "(meter_id, supply_point_id, valid_from, valid_to, recorded_at) "
            "values (:meter, :point, :start, :end, :at)"
        ),
        [
            {
                "meter": old.meter_id, "point": supply_point_id, "start": old.valid_from, "end": first_day,
                "at": as_of,
            },
            {
                "meter": meter_id, "point": supply_point_id, "start": first_day, "end": old.valid_to,
                "at": as_of,
            },
        ],
    )  # fmt: skip
    return meter_id


def record_exchange_readings(
    session: Session,
    *,
    supply_point_id: int,
    values: Mapping[int, Decimal],
    reading_date: date,
    reason: str,
    as_of: datetime,
) -> int:
    """Write the readings of an exchange as a person saw them: ``reason`` removal (old meter) or installation.

    ``values`` are register values by register id at the end of ``reading_date``. A reading of that day that
    is known already gets a newer version. Returns the number of readings; the caller commits.
    Raises ExchangeError for a value the register cannot show.
    """
    if not values:
        return 0
    given = {
        "ids": list(values), "values": list(values.values()), "day": reading_date, "at": as_of,
        "point": supply_point_id, "reason": reason,
    }  # fmt: skip
    too_long = session.execute(
        text(
            "select 1 from unnest(cast(:ids as bigint[]), cast(:values as numeric[])) v (id, value)"
            " join operational.registers g on g.id = v.id where v.value >= 10::numeric ^ g.digits or "
            "v.value < 0"
        ),
        given,
    ).first()
    if too_long:
        raise ExchangeError(
            "reading_exceeds_register", "A value has more digits than the register shows. Check the reading."
        )
    session.execute(
        text(
            "update operational.readings set superseded_at = :at where register_id = any (:ids)"
            " and reading_date = :day and superseded_at is null"
        ),
        given,
    )
    session.execute(
        text(
            "insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, "
            "reason, version,"
            " recorded_at) select v.id, :point, :day, v.value, 'actual_manual', :reason,"
            " (select coalesce(max(r.version), 0) + 1 from operational.readings r where r.register_id = v.id"
            " and r.reading_date = :day), :at from unnest(cast(:ids as bigint[]), cast(:values as "
            "numeric[])) v (id, value)"
        ),
        given,
    )
    return len(values)
