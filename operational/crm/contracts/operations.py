"""Writes of contracts: the days on which a contract supplies a point, always as a new version."""

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError


class SupplyError(DomainError):
    """A start or end of supply that does not fit what is recorded."""


def start_supply(
    session: Session,
    *,
    contract_id: int,
    supply_point_id: int,
    valid_from: date,
    as_of: datetime,
    valid_to: date | None = None,
) -> int:
    """Let a contract supply a point from a day on; return the id of the new version.

    Raises SupplyError when another contract supplies the point on one of these days (one supplier of a point
    a day).
    """
    busy = session.execute(
        text(
            "select c.number, k.valid_from, k.valid_to from operational.contract_supply_points k "
            "join operational.contracts c on c.id = k.contract_id where k.supply_point_id = :point "
            "and k.superseded_at is null and daterange(k.valid_from, k.valid_to) && daterange(:start, :end)"
        ),
        {"point": supply_point_id, "start": valid_from, "end": valid_to},
    ).first()
    if busy:
        raise SupplyError(
            "supply_overlap",
            f"Contract {busy.number} supplies the point from {busy.valid_from} to {busy.valid_to or 'now'}. "
            "End that supply first, or start later.",
        )
    values = {
        "contract": contract_id,
        "point": supply_point_id,
        "start": valid_from,
        "end": valid_to,
        "at": as_of,
    }
    insert = text(
        "insert into operational.contract_supply_points "
        "(contract_id, supply_point_id, valid_from, valid_to, recorded_at) "
        "values (:contract, :point, :start, :end, :at) returning id"
    )
    return int(session.execute(insert, values).scalar_one())


def end_supply(session: Session, *, supply_point_id: int, valid_to: date, as_of: datetime) -> int:
    """End the running supply of a point; ``valid_to`` is the first day without supply.
    Return the new version's id.

    The version that is known so far is closed at ``as_of``. Raises SupplyError when no supply covers that
    day.
    """
    found = session.execute(
        text(
            "update operational.contract_supply_points set superseded_at = :at "
            "where supply_point_id = :point and superseded_at is null and valid_from < :end "
            "and (valid_to is null or valid_to > :end) returning contract_id, valid_from"
        ),
        {"at": as_of, "point": supply_point_id, "end": valid_to},
    ).one_or_none()
    if found is None:
        raise SupplyError(
            "no_supply_to_end",
            f"No contract supplies the point around {valid_to}, so there is nothing to end. Check the day.",
        )
    return start_supply(
        session,
        contract_id=found.contract_id,
        supply_point_id=supply_point_id,
        valid_from=found.valid_from,
        valid_to=valid_to,
        as_of=as_of,
    )
