"""Many exceptions at once: show what an action would do to each, then do it in one transaction, with a
reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.limits import GUARDS, HOLD
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.metering import operations as metering
from operational.metering.queries import validation_parameter

# What a person may order; `suggestion` does to each row what its rule suggests.
ACTIONS: Final = ("suggestion", "accept", "estimate", "request_reading", "fixed", "dismiss")
_OF_SUGGESTION: Final = {"accept": "accept", "estimate": "estimate", "request_reading": "request_reading"}
_RESOLUTIONS: Final = {"accept": "released", "estimate": "fixed", "fixed": "fixed", "dismiss": "dismissed"}
_ROWS: Final = """
select e.id, e.public_id::text, e.code, e.severity, e.rule_code, e.suggestion, e.reading_id,
  e.supply_point_id,
  e.amount_at_stake, e.row_version, e.resolved_at is not null as is_closed, e.message,
  r.superseded_at is not null as is_set_aside, c.name as customer_name, p.code as point_code
from operational.billing_exceptions e
left join operational.readings r on r.id = e.reading_id
left join operational.customers c on c.id = e.customer_id
left join operational.supply_points p on p.id = e.supply_point_id
where e.public_id = any (cast(:ids as uuid[]))
order by e.id"""


class UnknownAction(DomainError):
    """An action outside the list."""

    def __init__(self, action: str) -> None:
        super().__init__(
            "unknown_bulk_action", f"'{action}' is no way to deal with exceptions. Use {', '.join(ACTIONS)}."
        )


class NothingChosen(DomainError):
    """No exception was ticked, or none of them is there."""

    def __init__(self) -> None:
        super().__init__("no_exception_chosen", "No exception is chosen. Tick at least one in the queue.")


class ReasonMissing(DomainError):
    """A bulk action without a reason."""

    def __init__(self) -> None:
        super().__init__(
            "reason_missing", "Write why: the reason is kept with every exception that is closed."
        )


class ChangedMeanwhile(DomainError):
    """An exception was changed by someone else since the preview."""

    def __init__(self, count: int) -> None:
        super().__init__(
            "exceptions_changed",
            f"{count} of the chosen exceptions were changed meanwhile. Nothing was done; look at the "
            "queue again.",
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What an action would do to one exception: ``effect`` is an action, or empty with ``obstacle`` saying
    why.
    """

    id: int
    public_id: str
    code: str
    severity: str
    customer_name: str | None
    point_code: str | None
    supply_point_id: int | None
    reading_id: int | None
    message: str
    amount_at_stake: Decimal | None
    row_version: int
    effect: str
    obstacle: str


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """A preview: the rows, how many each effect meets, and the net PLN that would be freed for billing."""

    action: str
    rows: tuple[Planned, ...]
    by_effect: Mapping[str, int]
    refused: int
    amount_freed: Decimal


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What was done: exceptions closed, readings set aside, requests sent, rows left as they were."""

    closed: int
    set_aside: int
    requested: int
    left: int


def plan(session: Session, *, public_ids: Sequence[str], action: str) -> BulkPlan:
    """Say what the action would do to each exception, without doing it; raises UnknownAction,
    NothingChosen."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    rows = tuple(_planned(row, action) for row in session.execute(text(_ROWS), {"ids": list(public_ids)}))
    if not rows:
        raise NothingChosen
    counts: dict[str, int] = {}
    for row in rows:
        if row.effect:
            counts[row.effect] = counts.get(row.effect, 0) + 1
    freed = sum(
        (row.amount_at_stake or Decimal(0) for row in rows if row.effect in ("accept", "estimate")),
        Decimal(0),
    )
    return BulkPlan(action, rows, counts, sum(not row.effect for row in rows), freed)


def resolve_many(
    session: Session, *, versions: Mapping[str, int], action: str, reason: str, as_of: datetime
) -> BulkResult:
    """Do the action to every chosen exception that allows it; the caller commits.

    ``versions`` gives the row version that the person saw per public id. Set-based, all or nothing: raises
    ChangedMeanwhile when one was changed since, ReasonMissing, UnknownAction, NothingChosen.
    """
    if not reason.strip():
        raise ReasonMissing
    session.execute(
        text(
            "select 1 from operational.billing_exceptions where public_id = any (cast(:ids as uuid[])) "
            "order by id for update"
        ),
        {"ids": list(versions)},
    )
    found = plan(session, public_ids=list(versions), action=action)
    changed = sum(row.row_version != versions[row.public_id] for row in found.rows)
    if changed:
        raise ChangedMeanwhile(changed)
    asides = [row.reading_id for row in found.rows if row.effect == "estimate" and row.reading_id]
    set_aside = metering.set_aside(session, reading_ids=asides, as_of=as_of) if asides else 0
    asked = [
        row.supply_point_id for row in found.rows if row.effect == "request_reading" and row.supply_point_id
    ]
    requested = _request(session, asked, reason, as_of) if asked else 0
    closed = 0
    for effect, resolution in _RESOLUTIONS.items():
        ids = [row.id for row in found.rows if row.effect == effect]
        closed += _close(session, ids, resolution, reason.strip(), as_of) if ids else 0
    return BulkResult(closed, set_aside, requested, found.refused)


def _planned(row: Any, action: str) -> Planned:
    wanted = _OF_SUGGESTION.get(row.suggestion or "", "") if action == "suggestion" else action
    obstacle = _obstacle(row, wanted)
    return Planned(
        row.id, row.public_id, row.code, row.severity, row.customer_name, row.point_code, row.supply_point_id,
        row.reading_id, row.message, row.amount_at_stake, row.row_version, "" if obstacle else wanted,
        obstacle,
    )  # fmt: skip


def _obstacle(row: Any, wanted: str) -> str:
    """Return the code of what stands against the action, or nothing."""
    if row.is_closed:
        return "closed"
    if not wanted:
        return "no_suggestion"
    if wanted == "accept" and not (row.rule_code or row.code in (*GUARDS, HOLD)):
        return "cannot_compute"
    if wanted == "estimate" and (row.reading_id is None or row.is_set_aside):
        return "no_reading"
    if wanted == "request_reading" and row.supply_point_id is None:
        return "no_point"
    # A finding that holds a bill is accepted or mended, never just waved away.
    if wanted == "dismiss" and row.rule_code and row.severity == "blocking":
        return "must_accept"
    return ""


def _request(session: Session, points: list[int], reason: str, as_of: datetime) -> int:
    day = civil_day(as_of)
    days = validation_parameter(session, code="answer_days", day=day)
    return metering.request_readings(
        session,
        supply_point_ids=points,
        reason=reason.strip(),
        wanted_by=day + timedelta(days=int(days)),
        as_of=as_of,
    )


def _close(session: Session, ids: list[int], resolution: str, reason: str, as_of: datetime) -> int:
    done: Any = session.execute(
        text(
            "update operational.billing_exceptions set resolved_at = :as_of, resolved_by = "
            "operational.actor(),"
            " resolution = :resolution, resolution_reason = :reason, row_version = row_version + 1"
            " where id = any (:ids) and resolved_at is null"
        ),
        {"ids": ids, "resolution": resolution, "reason": reason, "as_of": as_of},
    )
    return int(done.rowcount)
