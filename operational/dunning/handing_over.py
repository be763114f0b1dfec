"""Cases that leave our hands: to an agency or buyer, or to finance for writing off."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.dunning.acting import log, open_case, place_hold
from operational.dunning.night import read_limits
from operational.dunning.rules import DunningError
from operational.finance.write_offs import WriteOff, request_write_off


def hand_over(session: Session, *, public_id: str, to: str, as_of: date) -> None:
    """Hand a case over to an agency or buyer: its stage says so and our own steps stop for as long as a hold
    may last.
    """
    case = open_case(session, public_id=public_id)
    if not to.strip():
        raise DunningError("agency_missing", "Name the agency that takes the case.")
    longest = int(read_limits(session)["longest_hold_days"])
    place_hold(
        session, customer_id=case.customer_id, reason="handed_over", note=to.strip(), may_be_long=True,
        held_until=as_of + timedelta(days=longest), as_of=as_of,
    )  # fmt: skip
    _set_stage(session, case.id, "SOLD")
    log(
        session,
        customer_id=case.customer_id,
        case_id=case.id,
        kind="handed_over",
        as_of=as_of,
        details={"to": to.strip()},
    )


def propose_write_off(
    session: Session, *, public_id: str, reason: str, as_of: date, moment: datetime
) -> WriteOff:
    """Ask finance to write off the unpaid debts of a case: a second person with finance's permission books it
    or rejects it.

    Until then no step fires. Once booked, the next night closes the case; once rejected, it takes the case
    back to its stage. Raises DunningError without a reason, WriteOffError when nothing is open or a request
    waits already.
    """
    case = open_case(session, public_id=public_id)
    if not reason.strip():
        raise DunningError("write_off_reason", "Say why the debts cannot be collected.")
    items = session.execute(
        text("select open_item_id from operational.dunning_case_items where case_id = :case order by 1"),
        {"case": case.id},
    )
    asked = request_write_off(
        session, customer_id=case.customer_id, item_ids=list(items.scalars()), reason=reason, on=as_of,
        as_of=moment, dunning_case_id=case.id,
    )  # fmt: skip
    _set_stage(session, case.id, "WRITTEN_OFF")
    details = {
        "reason": reason.strip(), "request": asked.public_id, "amount": asked.amount, "stage": case.stage,
    }  # fmt: skip
    log(
        session,
        customer_id=case.customer_id,
        case_id=case.id,
        kind="write_off_proposed",
        as_of=as_of,
        details=details,
    )
    return asked


def _set_stage(session: Session, case_id: int, stage: str) -> None:
    session.execute(
        text(
            "update operational.dunning_cases set stage = :stage, row_version = row_version + 1"
            " where id = :id"
        ),
        {"id": case_id, "stage": stage},
    )
