"""What a person does to a payer's dunning: holds, disputes, protections, deliveries, notes, steps by hand.

Keyword-only, ``session`` first, nothing commits. Every act on an open case stands in its log.
"""

import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.dunning.night import NightResult, act, read_limits
from operational.dunning.rules import (
    DISPUTE_REASONS,
    DISPUTE_RESOLUTIONS,
    HOLD_REASONS,
    PROTECTIONS,
    DunningError,
    check_hold,
)
from operational.finance.items import lock_customers


def log(
    session: Session,
    *,
    customer_id: int,
    kind: str,
    as_of: date,
    details: dict[str, Any],
    case_id: int | None = None,
) -> None:
    """Write an event into the log of a case (default: the customer's open case, if there is one)."""
    session.execute(
        text("""
            insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
            select c.id, c.customer_id, :kind, :as_of, cast(:details as jsonb)
              from operational.dunning_cases c
             where c.customer_id = :customer and (c.id = :case or (cast(:case as bigint) is null
               and c.closed_on is null))"""),
        {
            "customer": customer_id, "kind": kind, "as_of": as_of, "case": case_id,
            "details": json.dumps(details, default=str, ensure_ascii=False),
        },
    )  # fmt: skip


def open_case(session: Session, *, public_id: str) -> Row[Any]:
    """Return and lock an open case (id, customer_id, stage); raises DunningError for a closed or unknown
    one.
    """
    found = session.execute(
        text("""select id, customer_id, stage, procedure_id from operational.dunning_cases
                 where public_id::text = :public_id and closed_on is null for update"""),
        {"public_id": public_id},
    ).one_or_none()
    if found is None:
        raise DunningError(
            "case_closed", "The case is closed, so nothing more happens in it. Open the payer's newest case."
        )
    return found


def place_hold(
    session: Session,
    *,
    customer_id: int,
    reason: str,
    held_until: date,
    as_of: date,
    note: str = "",
    open_item_id: int | None = None,
    may_be_long: bool = False,
) -> int:
    """Stop dunning of a payer, or of one debt, until a day (that day it goes on); return the hold's id.

    Raises DunningError for an unknown reason, an end that is missing or too far, and for a hold above the
    limit `long_hold_days` by somebody without the permission for it.
    """
    if reason not in HOLD_REASONS:
        raise DunningError(
            "hold_reason_unknown", f"'{reason}' is no reason of a hold. Choose one from the list."
        )
    limits = read_limits(session)
    check_hold(held_from=as_of, held_until=held_until, longest=int(limits["longest_hold_days"]))
    alone = int(limits["long_hold_days"])
    if (held_until - as_of).days > alone and not may_be_long:
        raise DunningError(
            "hold_needs_permission",
            f"A hold of more than {alone} days needs another permission. Choose an earlier end, "
            "or ask a supervisor.",
        )
    _lock(session, customer_id)
    made: int = session.execute(
        text("""insert into operational.dunning_holds (customer_id, open_item_id, reason, note, held_from,
          held_until)
                values (:customer, :item, :reason, :note, :from, :until) returning id"""),
        {
            "customer": customer_id, "item": open_item_id, "reason": reason, "note": note, "from": as_of,
            "until": held_until,
        },
    ).scalar_one()  # fmt: skip
    details = {"reason": reason, "until": held_until, "note": note, "open_item_id": open_item_id}
    log(session, customer_id=customer_id, kind="hold_placed", as_of=as_of, details=details)
    return made


def release_hold(session: Session, *, public_id: str, as_of: date) -> None:
    """End a hold today; raises DunningError when it has ended already."""
    done = session.execute(
        text("""update operational.dunning_holds set released_on = :as_of,
          released_by = operational.actor(), row_version = row_version + 1
                 where public_id::text = :public_id and released_on is null
                   and held_until > :as_of returning customer_id, reason"""),
        {"public_id": public_id, "as_of": as_of},
    ).one_or_none()
    if done is None:
        raise DunningError("hold_ended", "The hold has ended already. Reload the page.")
    log(
        session,
        customer_id=done.customer_id,
        kind="hold_released",
        as_of=as_of,
        details={"reason": done.reason},
    )


def open_dispute(session: Session, *, open_item_id: int, reason: str, note: str, as_of: date) -> int:
    """Record that the payer disputes a debt: it is not dunned until the dispute is closed; return its id.

    The answer is due in `complaint_answer_days`: without one the complaint counts as accepted (Energy Law
    art. 6c).
    """
    if reason not in DISPUTE_REASONS:
        raise DunningError(
            "dispute_reason_unknown", f"'{reason}' is no reason of a dispute. Choose one from the list."
        )
    item = session.execute(
        text("select customer_id, amount from operational.open_items where id = :id"), {"id": open_item_id}
    ).one_or_none()
    if item is None or item.amount <= 0:
        raise DunningError(
            "dispute_without_debt", "Only a debt can be disputed. Open the invoice and try again."
        )
    _lock(session, item.customer_id)
    days = int(read_limits(session)["complaint_answer_days"])
    made: int | None = session.execute(
        text("""insert into operational.document_disputes (customer_id, open_item_id, reason, note,
          opened_on, answer_due_on)
                values (:customer, :item, :reason, :note, :as_of, :due) on conflict do nothing
                  returning id"""),
        {
            "customer": item.customer_id, "item": open_item_id, "reason": reason, "note": note,
            "as_of": as_of,
            "due": as_of + timedelta(days=days),
        },
    ).scalar()  # fmt: skip
    if made is None:
        raise DunningError("disputed_already", "This debt is disputed already. Close that dispute first.")
    details = {"reason": reason, "note": note, "open_item_id": open_item_id}
    log(session, customer_id=item.customer_id, kind="dispute_opened", as_of=as_of, details=details)
    return made


def close_dispute(session: Session, *, public_id: str, resolution: str, as_of: date) -> None:
    """Close a dispute: accepted, rejected or withdrawn; from today the debt is dunned again unless it is
    corrected.
    """
    if resolution not in DISPUTE_RESOLUTIONS:
        raise DunningError(
            "dispute_resolution_unknown", "Say whether the dispute was accepted, rejected or withdrawn."
        )
    done = session.execute(
        text("""update operational.document_disputes set closed_on = :as_of,
          closed_by = operational.actor(), resolution = :resolution,
                       row_version = row_version + 1
                 where public_id::text = :public_id and closed_on is null returning customer_id,
                   open_item_id"""),
        {"public_id": public_id, "resolution": resolution, "as_of": as_of},
    ).one_or_none()
    if done is None:
        raise DunningError("dispute_closed", "The dispute is closed already. Reload the page.")
    details = {"resolution": resolution, "open_item_id": done.open_item_id}
    log(session, customer_id=done.customer_id, kind="dispute_closed", as_of=as_of, details=details)


def record_protection(
    session: Session,
    *,
    customer_id: int,
    kind: str,
    basis: str,
    valid_from: date,
    valid_to: date | None,
    as_of: date,
) -> int:
    """Record that a payer is protected (vulnerable, support programme, deceased, bankruptcy); return its id.

    ``basis`` names the document that shows it; ``valid_to`` is the first day without protection.
    """
    if kind not in PROTECTIONS or not basis.strip():
        raise DunningError(
            "protection_incomplete", "Choose the kind of protection and name the document that shows it."
        )
    if valid_to is not None and valid_to <= valid_from:
        raise DunningError("protection_period", "The protection ends before it begins. Correct the dates.")
    _lock(session, customer_id)
    overlaps = session.execute(
        text("""select 1 from operational.customer_protections where customer_id = :customer
          and kind = :kind and superseded_at is null
                  and daterange(valid_from, valid_to) && daterange(:from, :to)"""),
        {"customer": customer_id, "kind": kind, "from": valid_from, "to": valid_to},
    ).scalar()
    if overlaps:
        raise DunningError(
            "protected_already", "This protection is recorded for these days already. End it first."
        )
    made: int = session.execute(
        text("""insert into operational.customer_protections (customer_id, kind, basis, valid_from, valid_to)
                values (:customer, :kind, :basis, :from, :to) returning id"""),
        {"customer": customer_id, "kind": kind, "basis": basis.strip(), "from": valid_from, "to": valid_to},
    ).scalar_one()
    details = {"kind": kind, "from": valid_from, "to": valid_to, "basis": basis}
    log(session, customer_id=customer_id, kind="protection_recorded", as_of=as_of, details=details)
    return made


def end_protection(session: Session, *, protection_id: int, as_of: date) -> None:
    """End a protection today; its version is closed and what was known stays on record."""
    old = session.execute(
        text("""update operational.customer_protections set superseded_at = now() where id = :id
          and superseded_at is null
                returning customer_id, kind, basis, valid_from, valid_to"""),
        {"id": protection_id},
    ).one_or_none()
    if old is None:
        raise DunningError("protection_ended", "This protection has ended already. Reload the page.")
    if old.valid_from < as_of:
        session.execute(
            text("""insert into operational.customer_protections (customer_id, kind, basis, valid_from,
              valid_to)
                    values (:customer, :kind, :basis, :from, :to)"""),
            {
                "customer": old.customer_id,
                "kind": old.kind,
                "basis": old.basis,
                "from": old.valid_from,
                "to": as_of,
            },
        )
    details = {"kind": old.kind, "to": as_of}
    log(session, customer_id=old.customer_id, kind="protection_recorded", as_of=as_of, details=details)


def record_delivery(
    session: Session, *, action_id: int, outcome: str, delivered_on: date | None, as_of: date
) -> None:
    """Record when a notice reached the payer, or that it came back; the periods of the act run from that
    day.
    """
    found = session.execute(
        text(
            "select case_id, customer_id, fired_on from operational.dunning_actions"
            " where id = :id and case_id is not null"
        ),
        {"id": action_id},
    ).one_or_none()
    if found is None or outcome not in ("delivered", "refused", "returned"):
        raise DunningError("delivery_unknown", "Choose the letter and what became of it.")
    day = None if outcome == "returned" else delivered_on
    if (day is None) != (outcome == "returned") or (day is not None and not found.fired_on <= day <= as_of):
        raise DunningError("delivery_day", f"Enter a day of delivery from {found.fired_on} to today.")
    done = session.execute(
        text("""insert into operational.dunning_deliveries (action_id, delivered_on, outcome) values (:id,
          :day, :outcome)
                on conflict do nothing returning id"""),
        {"id": action_id, "day": day, "outcome": outcome},
    ).scalar()
    if done is None:
        raise DunningError(
            "delivery_recorded", "The delivery of this letter is recorded already. Reload the page."
        )
    details = {"action_id": action_id, "outcome": outcome, "day": day}
    log(
        session,
        customer_id=found.customer_id,
        case_id=found.case_id,
        kind="delivery_recorded",
        as_of=as_of,
        details=details,
    )


def add_note(session: Session, *, public_id: str, body: str, as_of: date) -> None:
    """Add a note to a case."""
    case = open_case(session, public_id=public_id)
    if not body.strip():
        raise DunningError("note_empty", "Write the note first.")
    log(
        session,
        customer_id=case.customer_id,
        case_id=case.id,
        kind="note",
        as_of=as_of,
        details={"body": body.strip()},
    )


def fire_by_hand(session: Session, *, public_id: str, step_code: str, as_of: date) -> NightResult:
    """Let a step fire now that the procedure leaves to a person; the guards and the day hold as at night.

    Raises DunningError when it may not fire: its day has not come, it is blocked, or another step fired
    today.
    """
    case = open_case(session, public_id=public_id)
    result = act(session, customer_ids=[case.customer_id], as_of=as_of, by_hand=step_code)
    if not result.fired:
        raise DunningError(
            "step_not_possible",
            "The step cannot fire today: its day has not come, a guard blocks it, a later one has fired, "
            "or the case had a step today. The plan of the case says which.",
        )
    return result


def recheck(session: Session, *, customer_ids: list[int], as_of: date) -> NightResult:
    """Do tonight's work for some payers now, e.g. after a payment: a paid case closes, its suspension is
    withdrawn.
    """
    return act(session, customer_ids=customer_ids, as_of=as_of)


def _lock(session: Session, customer_id: int) -> None:
    if not lock_customers(session, [customer_id]):
        raise DunningError("customer_unknown", "There is no such customer. Reload the page.")
