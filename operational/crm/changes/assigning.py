"""Assignment (cesja): a contract's supply passes to another customer on a day, with a closing reading.

The old contract ends the day before, the taker gets a contract of their own on the same terms. Both final
documents follow from billing: the reading of the last day closes one and opens the other, so no kWh is lost
or billed twice. Money of the old payer stays; a debt moves only by ``finance.notes.move_balance``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes.versions import ChangeError, check_version, limit, next_number
from operational.crm.contracts import activation
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.rows import first, rows
from operational.metering.exchange import record_exchange_readings

_SUPPLIED: Final = """
  select k.supply_point_id from operational.contract_supply_points k
  where k.contract_id = :contract and k.superseded_at is null and k.valid_from < :on
    and (k.valid_to is null or k.valid_to > :on) order by k.supply_point_id"""

# What the taker's contract copies: facts that hold on the day or later, from that day on.
_COPIES: Final = {
    "contract_terms": "price_list_id, cycle_months, cycle_anchor, payment_term_days, invoicing_rule",
    "contract_conditions": "product_version_id, early_termination_rule_id, period_months, ends_on, "
    "notice_months, continuation, invoice_channel",
    "contract_components": "supply_point_id, kind, code, name_pl, name_en, value",
}


def draft_assignment(
    session: Session,
    *,
    contract_id: int,
    to_customer_id: int,
    assigned_on: date,
    readings: Mapping[int, Decimal],
    reason: str,
    today: date,
    as_of: datetime,
    supply_point_ids: Sequence[int] = (),
) -> str:
    """Keep an assignment as a draft; return its public id. ``assigned_on`` is the taker's first day.

    ``readings`` are register values at the end of the day before, by register id; ``supply_point_ids`` empty
    means every point. The caller commits. Raises ChangeError with a code that belongs to one field.
    """
    contract = first(
        session,
        "select id, number, customer_id from operational.contracts where id = :id for update",
        {"id": contract_id},
    )
    if contract is None:
        raise ChangeError("contract_not_found", "There is no such contract.")
    if contract.customer_id == to_customer_id:
        raise ChangeError("same_customer_assigned", "The contract is the customer's own. Choose the taker.")
    oldest = add_months(first_of_month(today), -limit(session, code="amendment_back_months", on=today))
    if assigned_on < oldest:
        raise ChangeError(
            "effective_on_closed", f"Months before {oldest} are closed. Choose that day or a later one."
        )
    supplied: set[int] = set(
        session.execute(text(_SUPPLIED), {"contract": contract_id, "on": assigned_on}).scalars()
    )
    chosen = set(supply_point_ids) or supplied
    if not chosen or chosen - supplied:
        raise ChangeError(
            "assigned_on_outside",
            f"Contract {contract.number} does not supply the points both before and on {assigned_on}. "
            "Choose a day within the supply.",
        )
    _check_readings(session, chosen, readings, assigned_on)
    made = session.execute(
        text("""
          insert into operational.assignments (number, contract_id, from_customer_id, to_customer_id,
            assigned_on, readings, reason, created_at)
          values (:number, :contract, :from, :to, :on, cast(:readings as jsonb), :reason, :at)
          returning id, public_id::text"""),
        {
            "number": next_number(session, prefix="CE", on=today), "contract": contract_id,
            "from": contract.customer_id, "to": to_customer_id, "on": assigned_on, "reason": reason,
            "readings": json.dumps({str(key): str(value) for key, value in readings.items()}), "at": as_of,
        },
    ).one()  # fmt: skip
    session.execute(
        text("insert into operational.assignment_points values (:assignment, :point)"),
        [{"assignment": made.id, "point": point} for point in sorted(chosen)],
    )
    return str(made.public_id)


def registers_on(session: Session, *, contract_id: int, on: date) -> list[Any]:
    """Return the registers of the contract's points on a day, with the newest reading before it: id, point,
    meter, zone, unit, last_value, last_day.
    """
    return rows(
        session,
        """select r.id, p.id as point_id, p.code as point, m.serial as meter, r.zone_code as zone, r.unit,
             r.digits, l.value as last_value, l.reading_date as last_day
           from operational.contract_supply_points k
           join operational.supply_points p on p.id = k.supply_point_id
           join operational.meter_installations i on i.supply_point_id = p.id and i.superseded_at is null
             and i.valid_from < :on and (i.valid_to is null or i.valid_to >= :on)
           join operational.meters m on m.id = i.meter_id
           join operational.registers r on r.meter_id = m.id
           left join lateral (select value, reading_date from operational.readings x
             where x.register_id = r.id and x.superseded_at is null and x.reading_date < :on
             order by x.reading_date desc limit 1) l on true
           where k.contract_id = :contract and k.superseded_at is null and k.valid_from < :on
             and (k.valid_to is null or k.valid_to >= :on) order by p.code, m.serial, r.zone_code""",
        {"contract": contract_id, "on": on},
    )


def _check_readings(
    session: Session, points: set[int], readings: Mapping[int, Decimal], assigned_on: date
) -> None:
    """Refuse values that a register of these points cannot show, or that lie below the last reading."""
    known = {
        row.id: row
        for row in rows(
            session,
            """select r.id, r.digits, (select x.value from operational.readings x
                 where x.register_id = r.id and x.superseded_at is null and x.reading_date < :day
                 order by x.reading_date desc limit 1) as last_value
               from operational.meter_installations i join operational.registers r on r.meter_id = i.meter_id
               where i.supply_point_id = any(:points) and i.superseded_at is null and i.valid_from < :day
                 and (i.valid_to is null or i.valid_to >= :day)""",
            {"points": sorted(points), "day": assigned_on},
        )
    }
    for register, value in readings.items():
        found = known.get(register)
        if found is None:
            raise ChangeError("register_unknown", "A reading is of a meter that is not there that day.")
        if not value.is_finite() or value < 0 or value >= Decimal(10) ** found.digits:
            raise ChangeError("reading_wrong", f"The register cannot show {value}. Check the reading.")
        if found.last_value is not None and value < found.last_value:
            raise ChangeError(
                "reading_below_last",
                f"{value} lies below the last reading {found.last_value}. Check it; after a roll-over record "
                "it with the meter reading instead.",
            )


def complete_assignment(
    session: Session, *, public_id: str, row_version: int, signed_on: date, as_of: datetime
) -> int:
    """Carry out a signed assignment; return the id of the taker's contract. The caller commits.

    Writes the closing readings, ends the old supply, copies the terms into a contract of the taker and
    starts it (kind takeover), all or nothing. Raises ChangeError and the refusals of ``activation``.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    points: list[int] = list(
        session.execute(
            text(
                "select supply_point_id from operational.assignment_points "
                "where assignment_id = :id order by 1"
            ),
            {"id": found.id},
        ).scalars()
    )
    _record_readings(session, found, as_of)
    taker = _new_contract(session, found, signed_on, as_of)
    for point in points:
        activation.end(
            session, contract_id=found.contract_id, supply_point_id=point, end=found.assigned_on,
            reason=f"assignment {found.number}", as_of=as_of,
        )  # fmt: skip
        activation.request_start(
            session, contract_id=taker, supply_point_id=point, wanted_start=found.assigned_on,
            kind="takeover", as_of=as_of,
        )  # fmt: skip
        activation.activate(
            session, contract_id=taker, supply_point_id=point, start=found.assigned_on, as_of=as_of
        )
    session.execute(
        text(
            "update operational.assignments set state = 'done', new_contract_id = :taker, "
            "signed_on = :signed, done_at = :at, done_by = operational.actor(), "
            "row_version = row_version + 1 where id = :id"
        ),
        {"taker": taker, "signed": signed_on, "at": as_of, "id": found.id},
    )
    return taker


def cancel_assignment(session: Session, *, public_id: str, row_version: int) -> None:
    """Give up an assignment that was not carried out. The caller commits."""
    found = locked(session, public_id=public_id, row_version=row_version)
    session.execute(
        text(
            "update operational.assignments set state = 'cancelled', row_version = row_version + 1 "
            "where id = :id"
        ),
        {"id": found.id},
    )


def locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Return a drafted assignment held for a change; raise ChangeError when it is none any more."""
    found = first(
        session,
        "select a.*, c.number as contract_number, c.kind as contract_kind from operational.assignments a "
        "join operational.contracts c on c.id = a.contract_id "
        "where a.public_id = cast(:id as uuid) for update of a",
        {"id": public_id},
    )
    if found is None:
        raise ChangeError("assignment_not_found", "There is no such assignment.")
    check_version(found.row_version, row_version)
    if found.state != "draft":
        raise ChangeError("assignment_closed", "This assignment was carried out or cancelled before.")
    return found


def _record_readings(session: Session, found: Any, as_of: datetime) -> None:
    by_point: dict[int, dict[int, Decimal]] = {}
    owners = dict(
        tuple(row)
        for row in rows(
            session,
            "select r.id, i.supply_point_id from operational.registers r "
            "join operational.meter_installations i on i.meter_id = r.meter_id and i.superseded_at is null "
            "and i.valid_from < :on and (i.valid_to is null or i.valid_to >= :on) where r.id = any(:ids)",
            {"ids": [int(key) for key in found.readings], "on": found.assigned_on},
        )
    )
    for register, value in found.readings.items():
        by_point.setdefault(owners[int(register)], {})[int(register)] = Decimal(value)
    for point, values in by_point.items():
        record_exchange_readings(
            session, supply_point_id=point, values=values,
            reading_date=found.assigned_on - timedelta(days=1), reason="contract_end", as_of=as_of,
        )  # fmt: skip


def _new_contract(session: Session, found: Any, signed_on: date, as_of: datetime) -> int:
    given = {
        "number": next_number(session, prefix="UC", on=signed_on), "customer": found.to_customer_id,
        "kind": found.contract_kind, "signed": signed_on, "at": as_of, "old": found.contract_id,
        "on": found.assigned_on,
    }  # fmt: skip
    taker: int = session.execute(
        text(
            "insert into operational.contracts (number, customer_id, kind, signed_on, created_at) "
            "values (:number, :customer, :kind, :signed, :at) returning id"
        ),
        given,
    ).scalar_one()
    for table, columns in _COPIES.items():
        session.execute(
            text(
                f"insert into operational.{table} (contract_id, {columns}, valid_from, valid_to, "
                f"recorded_at) select :taker, {columns}, greatest(valid_from, cast(:on as date)), "
                "valid_to, :at "
                f"from operational.{table} where contract_id = :old and superseded_at is null "
                "and (valid_to is null or valid_to > :on)"
            ),
            {**given, "taker": taker},
        )
    session.execute(
        text(
            "insert into operational.contract_signatures (contract_id, written_contract_id, state, "
            "signed_on, channel, recorded_at) values (:taker, :taker, 'signed', :signed, 'stationary', :at)"
        ),
        {**given, "taker": taker},
    )
    return taker
