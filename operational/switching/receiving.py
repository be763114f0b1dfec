"""Files that come in: whole and checked, or refused whole with the reason;
an answer told twice does nothing twice.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching import answering
from operational.switching.channels import read_answers
from operational.switching.channels.adapter import Answer, Answers, SwitchFileError
from operational.switching.channels.fields import told
from operational.switching.rules import Limits

_ANSWERS: Final = ("ack", "accepted", "rejected", "cancelled")
_KNOWN = text(
    "select id, messages from operational.switching_files where direction = 'in' and sha256 = :sha256"
)
_REJECTED = text("""
  insert into raw.rejected_files (sha256, name, received_at, code, reason, cure)
  values (:sha256, :name, :at, :code, :reason, :cure) on conflict (sha256, code) do nothing""")
# Every message with what is known of it: told before, the notification it answers, its case, the reason in
# our words.
_JUDGED = text("""
  select r.no, r.message_id, r.kind, r.reference, r.point_code, o.payload as before, r.payload,
    c.id as case_id, m.attempt, p.code as case_point, c.direction, x.code as reason_code,
    s.contract_id, s.supply_point_id, s.customer_id, l.id as loss_id, v.customer_id as reserve_customer_id,
    v.supply_point_id as reserve_point_id
  from jsonb_to_recordset(cast(:rows as jsonb)) as r (no integer, message_id text, kind text, reference text,
    point_code text, reason text, end_on date, payload jsonb)
  left join operational.switching_messages o on o.direction = 'in' and o.dso_code = :dso and o.message_id =
    r.message_id
    and o.channel = :channel
  left join operational.switching_messages m on m.direction = 'out' and m.dso_code = :dso and m.message_id =
    r.reference
  left join operational.switching_cases c on c.id = m.case_id
  left join operational.supply_points p on p.id = c.supply_point_id
  left join operational.switching_reason_codes x on x.channel = :channel and x.external_code = r.reason
  left join lateral (select k.contract_id, k.supply_point_id, n.customer_id
    from operational.contract_supply_points k join operational.contracts n on n.id = k.contract_id
    join operational.supply_points q on q.id = k.supply_point_id
    where q.code = r.point_code and q.dso_code = :dso and k.superseded_at is null and k.valid_from < r.end_on
      and (k.valid_to is null or k.valid_to >= r.end_on)) s on r.kind = 'loss_notice'
  left join lateral (select y.id from operational.switching_cases y
    join operational.supply_points q on q.id = y.supply_point_id
    where q.code = r.point_code and y.direction = 'out' and y.status <> 'WITHDRAWN'
      and (r.kind <> 'loss_called_off' or y.closed_on is null)
    order by y.id desc limit 1) l on r.kind in ('loss_notice', 'loss_called_off')
  left join lateral (select q.id as supply_point_id, n.customer_id from operational.supply_points q
    join operational.contract_supply_points k on k.supply_point_id = q.id and k.superseded_at is null
    join operational.contracts n on n.id = k.contract_id
    where q.code = r.point_code and q.dso_code = :dso order by k.valid_from desc limit 1) v on r.kind =
      'reserve_start'
  order by r.no""")
_NEW_FILE = text("""
  insert into operational.switching_files (direction, channel, dso_code, name, content, sha256, messages,
    repeated, day)
  values ('in', :channel, :dso, :name, :content, :sha256, :messages, :repeated, :day) returning id""")


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a file. ``status``: imported, already_imported or rejected (then with ``reason``,
    ``cure``)."""

    name: str
    status: str
    messages: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    code: str = ""
    reason: str = ""
    cure: str = ""


def receive_file(session: Session, *, content: bytes, name: str, limits: Limits) -> Received:
    """Take a file of a distributor or the hub: every message is applied, or none and the file is quarantined.

    The same content again changes nothing, and so does a message that another file told before. A file that
    is broken, names a message or point nobody knows, or tells a known message with other content leaves a row
    in ``raw.rejected_files`` with the reason and the cure.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('switching-answers', 0))"))
    known = session.execute(_KNOWN, {"sha256": sha256}).one_or_none()
    if known is not None:
        return Received(name, "already_imported", known.messages)
    try:
        channel, answers = read_answers(content)
        _refuse_unknown_sender(session, answers.dso_code)
        judged = _judge(session, channel, answers)
    except SwitchFileError as error:
        session.execute(
            _REJECTED,
            {
                "sha256": sha256, "name": name[:200], "at": limits.moment, "code": error.code,
                "reason": error.reason, "cure": error.cure,
            },
        )  # fmt: skip
        return Received(name, "rejected", code=error.code, reason=error.reason, cure=error.cure)
    new = [(answer, row) for answer, row in judged if row.before is None]
    file_id: int = session.execute(
        _NEW_FILE,
        {
            "channel": channel, "dso": answers.dso_code, "name": name[:200], "content": content,
            "sha256": sha256, "messages": len(answers.rows), "repeated": len(answers.rows) - len(new),
            "day": limits.day,
        },
    ).scalar_one()  # fmt: skip
    outcomes = answering.apply(
        session, new, file_id=int(file_id), channel=channel, dso_code=answers.dso_code, limits=limits
    )
    outcomes["repeated"] = outcomes.get("repeated", 0) + len(answers.rows) - len(new)
    return Received(name, "imported", len(answers.rows), {k: v for k, v in outcomes.items() if v})


def _refuse_unknown_sender(session: Session, dso_code: str) -> None:
    known: bool = session.execute(
        text("select exists (select from operational.dsos where code = :code)"), {"code": dso_code}
    ).scalar_one()
    if not known:
        raise SwitchFileError(
            "switch_sender_unknown", f"No distributor has the code '{dso_code[:40]}'.",
            "Correct the sender, or add the distributor to dsos.csv.",
        )  # fmt: skip


def _judge(session: Session, channel: str, answers: Answers) -> list[tuple[Answer, Any]]:
    """Return each message once with what is known of it;
    raises SwitchFileError for the first that cannot be.
    """
    first: dict[str, Answer] = {}
    for answer in answers.rows:
        if first.setdefault(answer.message_id, answer) != answer:
            raise _changed(answer)
    listed = [
        {
            "no": number, "message_id": answer.message_id, "kind": answer.kind, "reference": answer.reference,
            "point_code": answer.point_code, "reason": answer.reason,
            "end_on": answer.end_on.isoformat() if answer.end_on else None, "payload": told(answer),
        }
        for number, answer in enumerate(first.values())
    ]  # fmt: skip
    rows = session.execute(
        _JUDGED,
        {"rows": json.dumps(listed, ensure_ascii=False), "dso": answers.dso_code, "channel": channel},
    ).all()
    judged = list(zip(first.values(), rows, strict=True))
    for answer, row in judged:
        _refuse(answer, row)
    return judged


def _refuse(answer: Answer, row: Any) -> None:
    if row.before is not None:
        if row.before != told(answer):
            raise _changed(answer)
        return
    shown = f"Message {answer.message_id}"
    if answer.kind in _ANSWERS:
        if row.case_id is None:
            raise SwitchFileError(
                "switch_reference_unknown",
                f"{shown} answers '{answer.reference[:60]}', which nobody sent to this distributor.",
                "Ask the distributor which notification is meant.",
            )
        if row.case_point != answer.point_code:
            raise SwitchFileError(
                "switch_point_differs",
                f"{shown} names point {answer.point_code}, its notification {row.case_point}.",
                "Ask the distributor for a corrected file.",
            )
    _refuse_incomplete(answer, row, shown)


def _refuse_incomplete(answer: Answer, row: Any, shown: str) -> None:
    lacks = {
        "accepted": None if answer.start_on else "StartOn",
        "rejected": None if row.reason_code else f"a known reason ('{answer.reason[:20]}' is none)",
        "loss_notice": None if answer.end_on else "EndOn",
        "reserve_start": None if answer.start_on else "StartOn",
    }.get(answer.kind)
    if lacks:
        raise SwitchFileError(
            "switch_message_incomplete", f"{shown} lacks {lacks}.",
            "Ask the distributor for a corrected file, or add the code to switching_reason_codes.csv.",
        )  # fmt: skip
    if answer.kind == "reserve_start" and row.reserve_customer_id is None:
        raise SwitchFileError(
            "switch_point_unknown", f"{shown}: nobody of ours is known at point {answer.point_code}.",
            "Enter customer and supply point, open the reserve supply on the switching board, then "
            "settle the file.",
        )  # fmt: skip
    loses = answer.kind == "loss_notice" and row.contract_id is None and row.loss_id is None
    if loses or (answer.kind == "loss_called_off" and row.loss_id is None):
        raise SwitchFileError(
            "switch_point_unknown",
            f"{shown}: no contract of ours supplies point {answer.point_code} on that day.",
            "Compare the point and the day with the contract, then ask the distributor.",
        )


def _changed(answer: Answer) -> SwitchFileError:
    return SwitchFileError(
        "switch_message_changed",
        f"Message {answer.message_id} came before with other content.",
        "Ask the distributor which of the two holds; a correction needs a number of its own.",
    )
