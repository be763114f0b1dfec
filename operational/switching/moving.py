"""One step of cases from state to state, set-based; the database logs it and refuses what may not follow."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching.limits import due, due_values
from operational.switching.rules import ENDED, Limits, Status, may_come_before

# The next day by which something must happen once a case stands in a state; the new values of the row are
# meant.
_DEADLINES = {
    "verification": due("verification"),
    "remedy": due("remedy"),
    "loss_answer": due("loss_answer"),
    "notify": "{start} - (" + due("earliest_start") + " - cast(:as_of as date))",
    "start": "{confirmed}",
    "end": "c.end_on",
    "none": "null::date",
}
_KIND_OF_DEADLINE = {
    Status.DRAFT: "notify", Status.DOCS_INCOMPLETE: "notify", Status.READY: "notify",
    Status.SENT: "verification", Status.RESENT: "verification", Status.REJECTED: "remedy",
    Status.COLLISION: "remedy", Status.VERIFIED_OK: "start", Status.SCHEDULED: "start", Status.ENDING: "end",
}  # fmt: skip
_CODES = ("verification", "remedy", "loss_answer", "earliest_start", "final_settlement")


def move(
    session: Session,
    *,
    ids: Sequence[int],
    to: Status,
    limits: Limits,
    direction: str = "in",
    sets: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    note: str = "",
) -> list[int]:
    """Bring cases to a state; return those that went, the others cannot reach it from where they are.

    ``sets`` are further columns as SQL over the old row ``c``; ``values`` their parameters. The day is that
    of the limits.
    """
    if not ids:
        return []
    more = dict(sets or {})
    if to in ENDED:
        more["closed_on"] = "cast(:as_of as date)"
    if "deadline_on" not in more and to is not Status.ACK:
        more["deadline_on"] = deadline(to, more)
    changes = "".join(f", {column} = {sql}" for column, sql in more.items())
    found = session.execute(
        text(f"""
          update operational.switching_cases c set status = :to, changed_on = :as_of, note = :note,
            row_version = row_version + 1 {changes}
          where c.id = any(:ids) and c.direction = :direction and c.status = any(:before) returning c.id"""),
        {
            "to": to.value, "as_of": limits.day, "note": note[:500], "ids": list(ids), "direction": direction,
            "before": may_come_before(direction, to.value),
            **due_values(limits, *_CODES), **dict(values or {}),
        },
    )  # fmt: skip
    return [int(row.id) for row in found]


def deadline(to: Status, sets: Mapping[str, str]) -> str:
    """Return SQL for the deadline of a case that comes to a state, with the new start days if they change."""
    kind = _KIND_OF_DEADLINE.get(to, "none")
    return _DEADLINES[kind].format(
        start=sets.get("wanted_start", "c.wanted_start"),
        confirmed=sets.get("confirmed_start", "c.confirmed_start"),
    )


def log(session: Session, *, ids: Sequence[int], kind: str, as_of: date, details: Mapping[str, Any]) -> None:
    """Add an entry to the log of cases."""
    if ids:
        session.execute(
            text("""insert into operational.switching_events (case_id, kind, happened_on, details)
                    select unnest(cast(:ids as bigint[])), :kind, :as_of,
                      cast(cast(:details as text) as jsonb)"""),
            {"ids": list(ids), "kind": kind, "as_of": as_of, "details": _json(details)},
        )


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, default=str)
