"""What a confirmed case means for billing: supply begins or ends by a dated row,
which billing picks up by itself.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import activation
from operational.crm.contracts.operations import start_supply
from operational.kernel.errors import DomainError
from operational.switching.moving import move
from operational.switching.rules import COLLISION_CODE, Limits, Status

_CASES = text("""
  select id, contract_id, supply_point_id, confirmed_start from operational.switching_cases
  where id = any(:ids) order by id""")


def schedule(session: Session, *, ids: Sequence[int], limits: Limits) -> int:
    """Record the supply of confirmed cases from their start; return how many are SCHEDULED.

    Where the supply cannot be (another contract of ours supplies the point, the contract was withdrawn), the
    case becomes a COLLISION with the reason.
    """
    done: list[int] = []
    for case in session.execute(_CASES, {"ids": list(ids)}).all():
        try:
            with session.begin_nested():
                activation.activate(
                    session, contract_id=case.contract_id, supply_point_id=case.supply_point_id,
                    start=case.confirmed_start, as_of=limits.moment,
                )  # fmt: skip
        except DomainError as error:
            move(
                session, ids=[case.id], to=Status.COLLISION, limits=limits, note=error.message,
                sets={"rejection_code": "cast(:code as text)"}, values={"code": COLLISION_CODE},
            )  # fmt: skip
        else:
            done.append(case.id)
    return len(move(session, ids=done, to=Status.SCHEDULED, limits=limits))


def call_off(session: Session, *, ids: Sequence[int], reason: str, limits: Limits) -> None:
    """Take back the supply of confirmed cases that do not begin after all; nothing where none is recorded."""
    for case in session.execute(_CASES, {"ids": list(ids)}).all():
        if case.confirmed_start is not None:
            stop(
                session, contract_id=case.contract_id, supply_point_id=case.supply_point_id,
                end=case.confirmed_start, reason=reason, limits=limits,
            )  # fmt: skip


def stop(
    session: Session, *, contract_id: int, supply_point_id: int, end: date, reason: str, limits: Limits
) -> None:
    """End the supply of a point; ``end`` is the first day without it.
    Supply that ends by then already stays.
    """
    if supplied_from(session, contract_id=contract_id, supply_point_id=supply_point_id, day=end) is not None:
        activation.end(
            session, contract_id=contract_id, supply_point_id=supply_point_id, end=end, reason=reason,
            as_of=limits.moment,
        )  # fmt: skip


def supplied_from(session: Session, *, contract_id: int, supply_point_id: int, day: date) -> date | None:
    """Return the first day of the supply that covers a day under a contract; None without one."""
    found: date | None = session.execute(
        text("""select valid_from from operational.contract_supply_points where contract_id = :contract
                and supply_point_id = :point and superseded_at is null and valid_from <= :day
                and (valid_to is null or valid_to > :day)"""),
        {"contract": contract_id, "point": supply_point_id, "day": day},
    ).scalar_one_or_none()
    return found


def go_on(session: Session, *, contract_id: int, supply_point_id: int, end: date, limits: Limits) -> bool:
    """Let supply that was to end on a day go on, because the customer stays; tell whether it was ended."""
    found = session.execute(
        text("""update operational.contract_supply_points set superseded_at = :at
                where contract_id = :contract and supply_point_id = :point and superseded_at is null
                  and valid_to = :end returning valid_from"""),
        {"contract": contract_id, "point": supply_point_id, "end": end, "at": limits.moment},
    ).one_or_none()
    if found is None:
        return False
    start_supply(
        session, contract_id=contract_id, supply_point_id=supply_point_id, valid_from=found.valid_from,
        as_of=limits.moment,
    )  # fmt: skip
    return True
