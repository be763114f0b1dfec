"""From a signed contract to supply: requests for a start, activation on the day, ends.

A contract is active for billing where a row of ``contract_supply_points`` says so, and nowhere else. A change
of supplier is activated by the room of switching when the distributor has agreed; all other kinds on their
day by `activate_due`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.crm.contracts import extras
from operational.crm.contracts.operations import SupplyError, start_supply
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class StartRefused(DomainError):
    """A start or its request that may not be."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A due start that could not be made true, with the code and the words of the reason."""

    contract_number: str
    supply_point_code: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Activated:
    """What `activate_due` did: how many points started, and which did not and why."""

    started: int
    refused: tuple[Refusal, ...]


def request_start(
    session: Session,
    *,
    contract_id: int,
    supply_point_id: int,
    wanted_start: date,
    kind: str,
    as_of: datetime,
) -> int:
    """Ask that a point becomes active under a contract from a day on; return the id of the request.

    `kind`: switch, first_switch, takeover, new_connection or direct. Raises StartRefused when another start
    of the point is still open: one at a time.
    """
    try:
        with session.begin_nested():
            return int(
                session.execute(
                    text(
                        "insert into operational.start_requests (contract_id, supply_point_id, wanted_start,"
                        " kind, recorded_at) values (:contract, :point, :start, :kind, :at) returning id"
                    ),
                    {
                        "contract": contract_id,
                        "point": supply_point_id,
                        "start": wanted_start,
                        "kind": kind,
                        "at": as_of,
                    },
                ).scalar_one()
            )
    except IntegrityError as error:
        raise StartRefused(
            "start_already_requested",
            f"A start of supply point {supply_point_id} is already requested. Finish or cancel that one "
            f"first.",
        ) from error


def move_start(
    session: Session, *, contract_id: int, supply_point_id: int, wanted_start: date, as_of: datetime
) -> int:
    """Ask for another day for the open request of a point; return the id of the new request."""
    found = _close_request(session, contract_id, supply_point_id, outcome="moved", as_of=as_of)
    if found is None:
        raise StartRefused(
            "no_start_request", f"No start of point {supply_point_id} is open in contract {contract_id}."
        )
    return request_start(
        session,
        contract_id=contract_id,
        supply_point_id=supply_point_id,
        wanted_start=wanted_start,
        kind=found.kind,
        as_of=as_of,
    )


def cancel_start(
    session: Session,
    *,
    contract_id: int,
    supply_point_id: int,
    reason: str,
    as_of: datetime,
    outcome: str = "cancelled",
) -> bool:
    """Give up the open request of a point (`outcome` cancelled or withdrawn); tell whether there was one."""
    return (
        _close_request(session, contract_id, supply_point_id, outcome=outcome, reason=reason, as_of=as_of)
        is not None
    )


def _close_request(
    session: Session,
    contract_id: int,
    supply_point_id: int,
    *,
    outcome: str,
    as_of: datetime,
    started_on: date | None = None,
    reason: str = "",
) -> Any:
    """Close the open request with its outcome; return its id, day and kind, or None when none is open."""
    return first(
        session,
        "with closed as (update operational.start_requests set superseded_at = :at where contract_id = "
        ":contract"
        " and supply_point_id = :point and superseded_at is null returning id, wanted_start, kind),"
        " noted as (insert into operational.start_request_ends (request_id, outcome, started_on, reason)"
        " select id, :outcome, cast(:started as date), :reason from closed)"
        " select id, wanted_start, kind from closed",
        {
            "at": as_of,
            "contract": contract_id,
            "point": supply_point_id,
            "outcome": outcome,
            "started": started_on,
            "reason": reason,
        },
    )


def activate(
    session: Session, *, contract_id: int, supply_point_id: int, start: date, as_of: datetime
) -> None:
    """Let a point be supplied under a contract from `start` on: close the request, write the supply.

    Asked a second time for the same day it does nothing. The first start of a contract also sets the
    beginning of its billing cycle and, for a fixed term, its last day. Raises StartRefused for a contract
    that was withdrawn from and SupplyError when another contract supplies the point (one supplier of a point
    a day).
    """
    signature = first(
        session,
        "select c.number, s.state from operational.contracts c left join operational.contract_signatures s"
        " on s.contract_id = c.id and s.superseded_at is null where c.id = :id for update of c",
        {"id": contract_id},
    )
    if signature is None:
        raise StartRefused("contract_not_found", f"There is no contract {contract_id}.")
    if signature.state == "withdrawn":
        raise StartRefused(
            "contract_withdrawn",
            f"The customer withdrew from contract {signature.number}, so no supply starts under it.",
        )
    running = first(
        session,
        "select valid_from from operational.contract_supply_points where contract_id = :contract"
        " and supply_point_id = :point and superseded_at is null and valid_from <= :start"
        " and (valid_to is null or valid_to > :start)",
        {"contract": contract_id, "point": supply_point_id, "start": start},
    )
    if running is not None and running.valid_from == start:
        return
    start_supply(
        session,
        contract_id=contract_id,
        supply_point_id=supply_point_id,
        valid_from=start,
        as_of=as_of,
    )
    _close_request(session, contract_id, supply_point_id, outcome="activated", started_on=start, as_of=as_of)
    _count_from(session, contract_id, as_of)
    extras.write(session, contract_id=contract_id, as_of=as_of)


def _count_from(session: Session, contract_id: int, as_of: datetime) -> None:
    """Count cycle and fixed term from the first day of supply, as new versions where something changes."""
    begins: date = session.execute(
        text(
            "select min(valid_from) from operational.contract_supply_points"
            " where contract_id = :id and superseded_at is null"
        ),
        {"id": contract_id},
    ).scalar_one()
    _anchor_terms(session, contract_id, begins, as_of)
    conditions = first(
        session,
        "select id, period_months, ends_on from operational.contract_conditions where contract_id = :id"
        " and superseded_at is null order by valid_from limit 1",
        {"id": contract_id},
    )
    if conditions is None or conditions.period_months is None:
        return
    ends_on = last_day(begins, conditions.period_months)
    if conditions.ends_on == ends_on:
        return
    _new_version(session, "contract_conditions", conditions.id, {"ends_on": ends_on}, as_of)


def last_day(begins: date, months: int) -> date:
    """Return the last day of a fixed term of whole months that
    begins on a day: 1 March, 12 -> 28 February.
    """
    return add_months(begins, months) - timedelta(days=1)


def _anchor_terms(session: Session, contract_id: int, begins: date, as_of: datetime) -> None:
    """Let the first terms hold from the first day of supply at the latest,
    with the cycle that begins there.
    """
    terms = first(
        session,
        "select id, valid_from, cycle_anchor from operational.contract_terms where contract_id = :id"
        " and superseded_at is null order by valid_from limit 1",
        {"id": contract_id},
    )
    if terms is None:
        raise StartRefused("contract_without_terms", f"Contract {contract_id} has no terms to bill by.")
    anchor = first_of_month(begins)
    changed = {"cycle_anchor": anchor, "valid_from": min(terms.valid_from, begins)}
    if (terms.cycle_anchor, terms.valid_from) != (anchor, changed["valid_from"]):
        _new_version(session, "contract_terms", terms.id, changed, as_of)


_COPIED = {
    "contract_terms": (
        "contract_id", "price_list_id", "cycle_months", "cycle_anchor", "payment_term_days",
        "invoicing_rule", "valid_from", "valid_to",
    ),
    "contract_conditions": (
        "contract_id", "product_version_id", "early_termination_rule_id", "period_months", "ends_on",
        "notice_months", "continuation", "invoice_channel", "promotions", "valid_from", "valid_to",
    ),
}  # fmt: skip


def _new_version(
    session: Session, table: str, row_id: int, changed: dict[str, date], as_of: datetime
) -> None:
    """Close a version and record its successor with the changed columns; a version is never overwritten."""
    columns = _COPIED[table]
    chosen = ", ".join(f"cast(:{name} as date)" if name in changed else name for name in columns)
    session.execute(
        text(f"update operational.{table} set superseded_at = :at where id = :id"),
        {"at": as_of, "id": row_id},
    )
    session.execute(
        text(
            f"insert into operational.{table} ({', '.join(columns)}, recorded_at)"
            f" select {chosen}, :at from operational.{table} where id = :id"
        ),
        {"at": as_of, "id": row_id, **changed},
    )


_DUE = """
  select r.contract_id, r.supply_point_id, r.wanted_start, c.number, p.code
  from operational.start_requests r
  join operational.start_rules u on u.kind = r.kind and u.superseded_at is null and u.activated_by =
    'contracts'
    and u.valid_from <= :day and (u.valid_to is null or u.valid_to > :day)
  join operational.contracts c on c.id = r.contract_id
  join operational.supply_points p on p.id = r.supply_point_id
  where r.superseded_at is null and r.wanted_start <= :day
  order by r.wanted_start, r.id for update of r skip locked"""


def due(session: Session, *, day: date) -> int:
    """Return how many requested starts `activate_due` would try on a day."""
    return len(rows(session, _DUE.replace(" for update of r skip locked", ""), {"day": day}))


def activate_due(session: Session, *, day: date, as_of: datetime) -> Activated:
    """Activate every requested start that is due by `day` and needs no
    distributor: direct, takeover, new connection.

    A start that cannot be (another contract still supplies the point) stays open and is told with its reason.
    Running it again changes nothing more.
    """
    started, refused = 0, []
    for due in rows(session, _DUE, {"day": day}):
        try:
            with session.begin_nested():
                activate(
                    session,
                    contract_id=due.contract_id,
                    supply_point_id=due.supply_point_id,
                    start=due.wanted_start,
                    as_of=as_of,
                )
            started += 1
        except (StartRefused, SupplyError) as error:
            refused.append(Refusal(due.number, due.code, error.code, error.message))
    return Activated(started, tuple(refused))


def end(
    session: Session, *, contract_id: int, supply_point_id: int, end: date, reason: str, as_of: datetime
) -> None:
    """End the supply of a point under a contract; `end` is the first day without supply.

    The known version is closed and one with the end recorded; an end on or before the first day leaves no
    supply at all. The same end once more does nothing. Raises StartRefused when the contract does not supply
    the point then.
    """
    known = first(
        session,
        "select id, valid_from, valid_to from operational.contract_supply_points where contract_id = "
        ":contract"
        " and supply_point_id = :point and superseded_at is null and (valid_to is null or valid_to >= :end)"
        " order by valid_from limit 1 for update",
        {"contract": contract_id, "point": supply_point_id, "end": end},
    )
    if known is None:
        raise StartRefused(
            "no_supply_to_end",
            f"Contract {contract_id} does not supply point {supply_point_id} around {end}. Check the day.",
        )
    if known.valid_to == end:
        return
    session.execute(
        text("update operational.contract_supply_points set superseded_at = :at where id = :id"),
        {"at": as_of, "id": known.id},
    )
    if end > known.valid_from:
        start_supply(
            session,
            contract_id=contract_id,
            supply_point_id=supply_point_id,
            valid_from=known.valid_from,
            valid_to=end,
            as_of=as_of,
        )
    session.execute(
        text(
            "insert into operational.supply_ends (contract_id, supply_point_id, ends_on, reason, recorded_at)"
            " values (:contract, :point, :end, :reason, :at)"
        ),
        {"contract": contract_id, "point": supply_point_id, "end": end, "reason": reason, "at": as_of},
    )
