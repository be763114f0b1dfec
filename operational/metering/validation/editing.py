"""Editing: set readings aside so that the warehouse estimates the use, and ask distributors for new ones."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.metering.landing.judging import serialise_landings


def set_aside(session: Session, *, reading_ids: Sequence[int], as_of: datetime) -> int:
    """Close the versions of readings that cannot be right; return how many stood until now.

    The use since the reading before is then estimated by the hierarchy of the warehouse, and a newer version
    of the distributor lands as usual. Nothing is deleted: the version stays with its superseded_at. The
    caller commits.
    """
    serialise_landings(session)
    done: Any = session.execute(
        text(
            "update operational.readings set superseded_at = :as_of where id = any (:ids) and "
            "superseded_at is null"
        ),
        {"ids": list(reading_ids), "as_of": as_of},
    )
    return int(done.rowcount)


def request_readings(
    session: Session, *, supply_point_ids: Sequence[int], reason: str, wanted_by: date, as_of: datetime
) -> int:
    """Ask the distributors for actual readings of the points; a point that waits for one is not asked again.

    Returns the number of new requests; the caller commits.
    """
    done: Any = session.execute(
        text(
            "insert into operational.reading_requests (supply_point_id, reason, requested_at, wanted_by, "
            "after_reading_id)"
            " select p, :reason, :as_of, :wanted_by, (select coalesce(max(id), 0) from operational.readings)"
            " from (select distinct unnest(cast(:points as bigint[])) as p) asked"
            " where not exists (select from operational.reading_requests q where q.supply_point_id = p"
            " and q.answered_at is null)"
        ),
        {"points": list(supply_point_ids), "reason": reason, "as_of": as_of, "wanted_by": wanted_by},
    )
    return int(done.rowcount)
