"""What leaves: notifications, cancellations and answers become one file per channel and distributor.

A message and its file are written in the transaction that moves the case, so nothing is sent twice: the
database holds one message per case, kind and attempt. ``release`` then puts waiting files into the outbox
folder; when it is interrupted, the same bytes are put there again under the same name.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Notice
from operational.switching.limits import due, due_values
from operational.switching.moving import move
from operational.switching.rules import Limits, Status

# Each message once: what is READY and inside the window, what was called off after it was sent, what a loss
# is answered.
_WAITING = f"""
  with due as (
    select c.*, case when c.direction = 'out' then 'loss_answer'
        when c.closed_on is not null or c.status = 'ENDING' then 'cancellation' else 'notification'
        end as message,
      case when c.closed_on is null and c.direction = 'in' and c.status <> 'ENDING' then c.attempt + 1
        else c.attempt end as message_attempt
    from operational.switching_cases c
    where (cast(:ids as bigint[]) is null or c.id = any(:ids))
      and (c.direction = 'in' and c.status = 'READY' and c.wanted_start <= {due("latest_start")}
        or c.direction = 'in' and c.status in ('CANCELLED_BY_CUSTOMER', 'WITHDRAWN') and c.attempt > 0
          and coalesce(c.confirmed_start, 'infinity') > :as_of
        or c.direction = 'in' and c.status = 'ENDING' and exists (
          select from operational.contract_signatures g where g.contract_id = c.contract_id
            and g.state = 'withdrawn' and g.superseded_at is null)
        or c.direction = 'out' and c.status in ('ENDING', 'REJECTED'))
    order by c.id for update of c)
  select d.id, d.number, d.message, d.message_attempt as attempt, d.dso_code, d.kind, d.direction, d.status,
    d.rejection_code, d.end_on,
    coalesce(h.channel, d.channel) as channel,
    case when d.message = 'notification' then greatest(d.wanted_start, d.earliest_start,
      {due("earliest_start", "d.medium")})
      when d.status = 'ENDING' then d.end_on
      else coalesce(d.confirmed_start, d.wanted_start) end as start_on,
    p.code as point_code, k.name as customer_name, coalesce(k.nip, k.pesel, '') as tax_id, n.kind as
      contract_kind,
    a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end as street,
      a.postal_code,
    a.city, coalesce(t.annual_kwh, 0) as annual_kwh, coalesce(t.tariff_group, '') as tariff_group,
    t.contracted_power_kw as power_kw,
    coalesce((select m.message_id from operational.switching_messages m where m.case_id = d.id
      and (m.kind = 'notification' or m.kind = 'loss_notice') order by m.id desc limit 1), '') as previous_id
  from due d
  join operational.supply_points p on p.id = d.supply_point_id
  join operational.addresses a on a.id = p.address_id
  join operational.customers k on k.id = d.customer_id
  join operational.contracts n on n.id = d.contract_id
  left join lateral (select * from operational.supply_point_terms x where x.supply_point_id = p.id
    and x.superseded_at is null order by (x.valid_from <= d.wanted_start) desc, x.valid_from desc limit 1) t
      on true
  left join operational.switching_channels h on h.dso_code = d.dso_code and h.valid_from <= :as_of
    and (h.valid_to is null or h.valid_to > :as_of)
  where not exists (select from operational.switching_messages m where m.case_id = d.id and m.direction =
    'out'
    and m.kind = d.message and m.attempt = d.message_attempt)
  order by d.id"""
_SUFFIX = {"notification": "", "cancellation": "C", "loss_answer": "A"}
_NEW_FILE = text("""
  insert into operational.switching_files (direction, channel, dso_code, name, content, sha256, messages, day)
  values ('out', :channel, :dso, :name, :content, :sha256, :messages, :day) returning id, public_id::text as
    public_id""")
_NEW_MESSAGES = text("""
  insert into operational.switching_messages (case_id, direction, channel, dso_code, kind, message_id,
    reference,
    attempt, issued_on, payload, file_id, outcome)
  select r.case_id, 'out', :channel, :dso, r.kind, r.message_id, r.reference, r.attempt, :day, r.payload,
    :file, 'sent'
  from jsonb_to_recordset(cast(:rows as jsonb)) as r (case_id bigint, kind text, message_id text, reference
    text,
    attempt smallint, payload jsonb) order by r.case_id""")


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of messages for one distributor."""

    public_id: str
    name: str
    channel: str
    dso_code: str
    messages: int


def send(session: Session, *, limits: Limits, ids: Sequence[int] | None = None) -> list[SentFile]:
    """Write every message that waits (of some cases, or all) into files; return the files.

    Cases become SENT, or RESENT from the second notification on; a start that can no longer be met is moved
    to the earliest day that the limits allow.
    """
    given = {"ids": None if ids is None else list(ids), "as_of": limits.day}
    rows = session.execute(text(_WAITING), given | due_values(limits, "latest_start", "earliest_start")).all()
    by_way: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        by_way[row.channel, row.dso_code].append(row)
    files = [_write(session, channel, dso, its, limits) for (channel, dso), its in sorted(by_way.items())]
    for number, to in ((1, Status.SENT), (2, Status.RESENT)):
        chosen = [row for row in rows if row.message == "notification" and min(row.attempt, 2) == number]
        _notified(session, chosen, to, limits)
    return files


def _notified(session: Session, rows: list[Any], to: Status, limits: Limits) -> None:
    if not rows:
        return
    days = json.dumps(
        [{"id": row.id, "start": row.start_on.isoformat(), "channel": row.channel} for row in rows]
    )
    pick = (
        "(select r.{0} from jsonb_to_recordset(cast(:days as jsonb)) as r"
        " (id bigint, start date, channel text) where r.id = c.id)"
    )
    move(
        session, ids=[row.id for row in rows], to=to, limits=limits, values={"days": days},
        sets={
            "attempt": "c.attempt + 1", "sent_on": "cast(:as_of as date)", "rejection_code": "null",
            "wanted_start": pick.format("start"), "channel": pick.format("channel"),
        },
    )  # fmt: skip


def _write(session: Session, channel: str, dso: str, rows: list[Any], limits: Limits) -> SentFile:
    notices = [_notice(row, limits) for row in rows]
    adapter = CHANNELS[channel]
    content = adapter.write_notices(dso, notices)
    first = notices[0].message_id.removeprefix("ZS/")
    name = f"iris-{dso}-{limits.day:%Y%m%d}-{first}.{adapter.extension}"
    made = session.execute(
        _NEW_FILE,
        {
            "channel": channel, "dso": dso, "name": name, "content": content, "day": limits.day,
            "sha256": hashlib.sha256(content).hexdigest(), "messages": len(notices),
        },
    ).one()  # fmt: skip
    told = [
        {
            "case_id": row.id, "kind": notice.kind, "message_id": notice.message_id,
            "reference": notice.previous_id, "attempt": row.attempt,
            "payload": {key: str(value) for key, value in asdict(notice).items() if value not in ("", None)},
        }
        for row, notice in zip(rows, notices, strict=True)
    ]  # fmt: skip
    session.execute(
        _NEW_MESSAGES,
        {
            "channel": channel, "dso": dso, "day": limits.day, "file": made.id,
            "rows": json.dumps(told, ensure_ascii=False),
        },
    )  # fmt: skip
    return SentFile(made.public_id, name, channel, dso, len(notices))


def _notice(row: Any, limits: Limits) -> Notice:
    return Notice(
        message_id=f"{row.number}-{row.attempt}{_SUFFIX[row.message]}",
        kind=row.message, issued_on=limits.day, point_code=row.point_code,
        customer_name=row.customer_name[:300],
        switch_kind=row.kind, contract_kind=row.contract_kind,
        start_on=row.end_on if row.message == "loss_answer" else row.start_on,
        annual_kwh=row.annual_kwh, tariff_group=row.tariff_group or "-", street=row.street,
        postal_code=row.postal_code, city=row.city, tax_id=row.tax_id, power_kw=row.power_kw,
        previous_id=row.previous_id,
        verdict=("object" if row.status == "REJECTED" else "accept") if row.message == "loss_answer" else "",
        reason=(row.rejection_code or "") if row.message == "loss_answer" else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file that was made and does not stand in the outbox yet."""

    id: int
    name: str
    channel: str
    dso_code: str
    content: bytes


def waiting_files(session: Session) -> list[WaitingFile]:
    """Return the files that were made and not released, oldest first."""
    found = session.execute(
        text("""select id, name, channel, dso_code, content from operational.switching_files
                where direction = 'out' and sent_at is null order by id for update skip locked""")
    ).all()
    return [WaitingFile(row.id, row.name, row.channel, row.dso_code, bytes(row.content)) for row in found]


def mark_sent(session: Session, *, file_id: int, moment: datetime) -> None:
    """Record that a file stands in the outbox; a second time changes nothing."""
    session.execute(
        text("update operational.switching_files set sent_at = :at where id = :id and sent_at is null"),
        {"at": moment, "id": file_id},
    )


def release(session: Session, *, folder: Path, moment: datetime) -> list[Path]:
    """Put every waiting file into the outbox folder, whole or not at all; return their places."""
    folder.mkdir(parents=True, exist_ok=True)
    places = []
    for file in waiting_files(session):
        place = folder / file.name
        draft = place.with_name(f".{file.name}.part")
        draft.write_bytes(file.content)
        draft.replace(place)
        mark_sent(session, file_id=file.id, moment=moment)
        places.append(place)
    return places
