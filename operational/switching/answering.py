"""What the messages of a file do to their cases: technical receipts
first, then verdicts, whatever their order.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching import losses, reserve, supply
from operational.switching.channels import fields
from operational.switching.channels.adapter import Answer
from operational.switching.moving import log, move
from operational.switching.rules import (
    AT_DISTRIBUTOR,
    COLLISION_CODE,
    Limits,
    Status,
)

_RANK: Final = {"ack": 0, "loss_notice": 0, "reserve_start": 0}
_CONFIRMED: Final = (Status.VERIFIED_OK, Status.SCHEDULED, Status.ACTIVE, Status.ENDING)
_REFUSED: Final = (Status.REJECTED, Status.COLLISION)
_STATES = text("""
  select id, status, attempt, confirmed_start, rejection_code from operational.switching_cases
  where id = any(:ids) order by id for update""")
_MESSAGES = text("""
  insert into operational.switching_messages (case_id, direction, channel, dso_code, kind, message_id,
    reference,
    attempt, issued_on, payload, file_id, outcome)
  select r.case_id, 'in', :channel, :dso, r.kind, r.message_id, r.reference, r.attempt, r.issued_on,
    r.payload, :file,
    r.outcome
  from jsonb_to_recordset(cast(:rows as jsonb)) as r (no integer, case_id bigint, kind text, message_id text,
    reference text, attempt smallint, issued_on date, payload jsonb, outcome text) order by r.no""")


@dataclass(slots=True)
class _Case:
    """A case as it stands while the messages of a file are told one after the other."""

    status: str
    attempt: int
    confirmed_start: date | None
    rejection_code: str | None


@dataclass(slots=True)
class _Told:
    """What the messages of a file ask for, gathered by step."""

    acknowledged: list[int] = field(default_factory=list)
    accepted: dict[int, date] = field(default_factory=dict)
    refused: dict[tuple[str, date | None], list[int]] = field(default_factory=lambda: defaultdict(list))


def apply(
    session: Session,
    judged: Sequence[tuple[Answer, Any]],
    *,
    file_id: int,
    channel: str,
    dso_code: str,
    limits: Limits,
) -> Counter[str]:
    """Apply checked messages and record each with its outcome; return how many had which outcome."""
    ordered = sorted(judged, key=lambda pair: _RANK.get(pair[0].kind, 1))
    ids = sorted({row.case_id for _, row in ordered if row.case_id is not None})
    cases = {
        row.id: _Case(row.status, row.attempt, row.confirmed_start, row.rejection_code)
        for row in session.execute(_STATES, {"ids": ids}).all()
    }
    told, written = _Told(), []
    for answer, row in ordered:
        case_id, attempt = row.case_id, row.attempt or 0
        if answer.kind in ("loss_notice", "loss_called_off"):
            case_id, outcome = losses.tell(session, answer, row, limits=limits)
        elif answer.kind == "reserve_start":
            case_id, outcome = reserve.tell(session, answer, row, limits=limits)
        else:
            outcome = _verdict(answer, row, cases[case_id], told)
        written.append((answer, case_id, attempt, outcome))
    _record(session, written, file_id=file_id, channel=channel, dso_code=dso_code)
    _carry_out(session, told, limits)
    for answer, case_id, _, outcome in written:
        if outcome in ("contradiction", "stale"):
            log(
                session, ids=[case_id], kind="message", as_of=limits.day,
                details={"message": answer.message_id, "kind": answer.kind, "outcome": outcome,
                         "reason": answer.reason, "start_on": answer.start_on},
            )  # fmt: skip
    return Counter(outcome for *_, outcome in written)


def _verdict(answer: Answer, row: Any, case: _Case, told: _Told) -> str:
    """Tell what an answer to a notification does, and let the case stand where it leads."""
    case_id, attempt = row.case_id, row.attempt
    is_waiting = case.status in AT_DISTRIBUTOR and attempt == case.attempt
    match answer.kind:
        case "ack":
            if not is_waiting or case.status == Status.ACK:
                return "repeated" if attempt == case.attempt else "stale"
            told.acknowledged.append(case_id)
            case.status = Status.ACK
        case "accepted":
            if not is_waiting:
                same = case.status in _CONFIRMED and case.confirmed_start == answer.start_on
                return "repeated" if same else _late(case, attempt)
            assert answer.start_on is not None  # noqa: S101  receiving refuses an acceptance without a day
            told.accepted[case_id] = case.confirmed_start = answer.start_on
            case.status = Status.SCHEDULED
        case "rejected":
            if not is_waiting:
                same = case.rejection_code == row.reason_code and case.status in _REFUSED
                return "repeated" if same and attempt == case.attempt else _late(case, attempt)
            told.refused[row.reason_code, answer.start_on].append(case_id)
            case.status, case.rejection_code = Status.REJECTED, row.reason_code
        case _:
            pass
    return "applied"


def _late(case: _Case, attempt: int) -> str:
    """An answer that comes after another verdict: of an older attempt or an ended case it is stale."""
    is_over = case.status in (Status.CANCELLED_BY_CUSTOMER, Status.WITHDRAWN, Status.CLOSED)
    return "stale" if is_over or attempt < case.attempt else "contradiction"


def _record(
    session: Session,
    written: list[tuple[Answer, int, int, str]],
    *,
    file_id: int,
    channel: str,
    dso_code: str,
) -> None:
    rows = [
        {
            "no": number, "case_id": case_id, "kind": answer.kind, "message_id": answer.message_id,
            "reference": answer.reference, "attempt": attempt, "issued_on": answer.issued_on.isoformat(),
            "payload": fields.told(answer), "outcome": outcome,
        }
        for number, (answer, case_id, attempt, outcome) in enumerate(written)
    ]  # fmt: skip
    if rows:
        session.execute(
            _MESSAGES,
            {
                "rows": json.dumps(rows, ensure_ascii=False),
                "file": file_id,
                "channel": channel,
                "dso": dso_code,
            },
        )


def _carry_out(session: Session, told: _Told, limits: Limits) -> None:
    move(session, ids=told.acknowledged, to=Status.ACK, limits=limits)
    for start in sorted(set(told.accepted.values())):
        ids = [case_id for case_id, day in told.accepted.items() if day == start]
        confirmed = move(
            session, ids=ids, to=Status.VERIFIED_OK, limits=limits, values={"start": start},
            sets={"confirmed_start": "cast(:start as date)", "rejection_code": "null"},
        )  # fmt: skip
        supply.schedule(session, ids=confirmed, limits=limits)
    for (code, earliest), ids in told.refused.items():
        move(
            session, ids=ids, limits=limits, values={"code": code, "earliest": earliest},
            to=Status.COLLISION if code == COLLISION_CODE else Status.REJECTED,
            sets={"rejection_code": "cast(:code as text)", "earliest_start": "cast(:earliest as date)"},
        )  # fmt: skip
