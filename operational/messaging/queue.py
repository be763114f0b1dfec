"""The queue of messages in SQL: from documents to messages, claims that end with the transaction, results."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.messaging.outgoing import Outgoing
from operational.messaging.rules import ChannelRule

# A new message is due at once, whatever day it is by the caller's clock; only failures wait for their time.
_DUE = """m.status = 'waiting' and m.channel = :channel
          and ((m.attempts = 0 and m.last_error = '') or m.next_attempt_at <= :as_of)"""
_CLAIM = f"""
    with next as (
      select m.id from operational.messages m where {_DUE}
       order by m.priority, m.id limit :limit for no key update of m skip locked)
    select m.id as message_id, m.public_id::text as public_id, m.key, m.template_code, m.channel, m.language,
           m.customer_id, m.document_id, coalesce(d.number, '') as number, m.variables,
           t.variables as declared, m.files, t.attaches_document, t.is_secret, m.recipient,
           m.refs, m.attempts, m.created_at, d.issue_date,
           v.id as version_id, coalesce(v.subject, '') as subject, coalesce(v.body, '') as body,
           c.customer_number, c.name, coalesce(c.email, '') as email, coalesce(c.phone, '') as phone,
           c.virtual_account, a.street || ' ' || a.building
           || case a.flat when '' then '' else '/' || a.flat end as street_line,
           a.postal_code || ' ' || a.city as city_line,
           case when e.kind = 'in_doubt' or e.kind = 'handover' then e.occurred_at end as doubt_since
      from next
      join operational.messages m on m.id = next.id
      join operational.message_templates t on t.code = m.template_code
      join operational.customers c on c.id = m.customer_id
      left join operational.documents d on d.id = m.document_id
      join operational.addresses a on a.id = coalesce(case when m.channel = 'letter' then
        operational.mailing_address(c.id, cast(:as_of as date),
          case when d.id is null then 'correspondence' else 'invoices' end) end, c.address_id)
      left join operational.message_template_versions v
        on v.id = operational.active_message_version(m.template_code, m.channel, m.language)
      left join lateral (
        select kind, occurred_at from operational.message_events
         where message_id = m.id order by id desc limit 1) e on true
     order by m.priority, m.id"""
_EXPAND = """
    insert into operational.messages (key, template_code, channel, language, customer_id, document_id,
           variables, priority, created_at, next_attempt_at, outbox_id)
    select o.key, t.code,
           case when c.invoice_channel = 'email' and coalesce(c.email, '') = '' then 'ebok'
                else c.invoice_channel end,
           c.language, d.customer_id, d.id,
           jsonb_build_object('number', coalesce(z.number, d.number),
             'amount', abs(coalesce(z.gross_amount, d.gross_amount))::text,
             'period', d.period_from || '/' || d.period_to, 'due_date', d.due_date::text,
             'is_due', coalesce(z.gross_amount, d.gross_amount) > 0),
           t.priority, :as_of, :as_of, o.id
      from operational.outbox o
      join operational.documents d on d.id = (o.payload ->> 'document_id')::bigint
      left join operational.collective_corrections z on z.id = d.collective_id
      join operational.customers c on c.id = d.customer_id
      join operational.message_templates t on t.code = 'document.' || d.kind
     where o.topic = 'document.issued' and o.sent_at is null and o.failed_at is null
       and not exists (select from operational.messages m where m.key = o.key)
     order by o.id limit :limit on conflict (key) do nothing returning id"""

# Unknown variables are of no consequence: a text sees the declared ones only.
_EXPAND_REQUESTS = """
    insert into operational.messages (key, template_code, channel, language, customer_id, variables, refs,
           priority, created_at, next_attempt_at, outbox_id)
    select o.key, t.code,
           coalesce(nullif(o.payload ->> 'channel', ''), t.default_channel,
                    case when c.invoice_channel = 'email' and coalesce(c.email, '') = '' then 'ebok'
                         else c.invoice_channel end),
           case when o.payload ->> 'language' in ('pl', 'en') then o.payload ->> 'language' else c.language
             end,
           c.id, coalesce(o.payload -> 'variables', '{}'), coalesce(r.refs, '{}'), t.priority, :as_of,
             :as_of, o.id
      from operational.outbox o
      join operational.message_templates t on t.code = o.payload ->> 'template_code'
      join operational.customers c on c.id = (o.payload ->> 'customer_id')::bigint
      left join lateral (
        select jsonb_object_agg(k.key, coalesce(k.value #>> '{}', '')) as refs
          from jsonb_each(coalesce(o.payload -> 'references', '{}')) k) r on true
     where o.topic = 'message.send' and o.sent_at is null and o.failed_at is null
       and coalesce(nullif(o.payload ->> 'channel', ''), 'email') in ('email', 'sms', 'ebok', 'letter')
       and not exists (select from operational.messages m where m.key = o.key)
     order by o.id limit :limit on conflict (key) do nothing returning id"""


class NoChannelRule(DomainError):
    """A channel has no rule on a day."""


def channel_rule(session: Session, *, channel: str, on: date) -> ChannelRule:
    """Return the rule of a channel in force on a day; raise NoChannelRule."""
    row = session.execute(
        text("""
            select channel, per_minute, most_attempts, first_wait_seconds, longest_wait_seconds, known_hours
              from operational.message_channel_rules
             where channel = :channel and superseded_at is null and valid_from <= :on
               and (valid_to is null or valid_to > :on)"""),
        {"channel": channel, "on": on},
    ).one_or_none()
    if row is None:
        raise NoChannelRule(
            "message_channel_rule", f"The channel {channel} has no rule on {on}. Add one (table"
            " message_channel_rules).",
        )  # fmt: skip
    return ChannelRule(**row._mapping)


def expand_documents(session: Session, *, as_of: datetime, limit: int) -> int:
    """Make the messages of issued documents: invoice channel, language and figures; return how many."""
    return len(session.execute(text(_EXPAND), {"as_of": as_of, "limit": limit}).all())


def expand_requests(session: Session, *, as_of: datetime, limit: int) -> int:
    """Make the messages that other rooms asked for by an outbox row (topic message.send); return how many.

    A request that names no known template or customer is failed with the reason, and the others go on.
    """
    given = {"as_of": as_of, "limit": limit}
    made = len(session.execute(text(_EXPAND_REQUESTS), given).all())
    session.execute(
        text("""
            update operational.outbox o set failed_at = :as_of, last_error = 'unknown template, channel or
              customer'
             where o.topic = 'message.send' and o.sent_at is null and o.failed_at is null
               and not (exists (select from operational.message_templates t
                                 where t.code = o.payload ->> 'template_code')
                        and exists (select from operational.customers c
                                     where c.id = (o.payload ->> 'customer_id')::bigint)
                        and coalesce(nullif(o.payload ->> 'channel', ''), 'email')
                            in ('email', 'sms', 'ebok', 'letter'))"""),
        given,
    )
    return made


def deliver_to_portal(session: Session, *, as_of: datetime, limit: int) -> int:
    """Let waiting notices appear in EBOK, with the text in force; return how many."""
    done = session.execute(
        text(f"""
            with claimed as (
              select m.id from operational.messages m where {_DUE}
               order by m.priority, m.id limit :limit for no key update of m skip locked)
            update operational.messages m
               set status = 'sent', sent_at = :as_of, attempts = m.attempts + 1, last_error = '',
                   version_id = operational.active_message_version(m.template_code, m.channel, m.language)
              from claimed where m.id = claimed.id returning m.id"""),
        {"as_of": as_of, "limit": limit, "channel": "ebok"},
    )
    return len(done.all())


def claim(session: Session, *, channel: str, as_of: datetime, limit: int = 1) -> list[Outgoing]:
    """Lock the next messages of a channel that are due and that nobody else has; most urgent first."""
    given = {"channel": channel, "as_of": as_of, "limit": limit}
    return [Outgoing(**row._mapping) for row in session.execute(text(_CLAIM), given)]


def count_due(session: Session, *, channel: str, as_of: datetime) -> int:
    """Count the messages of a channel that are due."""
    counted = session.execute(
        text(f"select count(*) from operational.messages m where {_DUE}"),
        {"channel": channel, "as_of": as_of},
    )
    return int(counted.scalar_one())


def handed_over(session: Session, *, channel: str, as_of: datetime) -> int:
    """Count the messages of a channel handed over in the minute before an instant."""
    counted = session.execute(
        text("""
            select count(*) from operational.message_events
             where kind = 'handover' and channel = :channel and occurred_at > :since
               and occurred_at <= :as_of"""),
        {"channel": channel, "since": as_of - timedelta(minutes=1), "as_of": as_of},
    )
    return int(counted.scalar_one())


def recall_overtaken(session: Session, *, as_of: datetime, message_ids: list[int] | None = None) -> int:
    """Cancel waiting messages of dunning whose every debt was paid or is protected now; return how many.

    Default: all that wait. The database function of the same name also writes the log of the case, where the
    letter then counts as never delivered.
    """
    ids = message_ids
    if ids is None:
        found = session.execute(
            text("select id from operational.messages where status = 'waiting' and refs ? 'action_id'")
        )
        ids = list(found.scalars())
    if not ids:
        return 0
    done = session.execute(
        text("select * from operational.recall_overtaken(:ids, :day, :as_of)"),
        {"ids": ids, "day": civil_day(as_of), "as_of": as_of},
    )
    return len(done.all())


def add_event(
    session: Session,
    *,
    message_id: int,
    channel: str,
    kind: str,
    as_of: datetime,
    reference: str = "",
    detail: str = "",
) -> None:
    """Write down what happened to a message."""
    session.execute(
        text("""
            insert into operational.message_events (message_id, kind, channel, occurred_at, reference, detail)
            values (:message_id, :kind, :channel, :as_of, :reference, :detail)"""),
        {
            "message_id": message_id, "kind": kind, "channel": channel, "as_of": as_of,
            "reference": reference[:300], "detail": detail[:200],
        },
    )  # fmt: skip


def mark_sent(
    session: Session, *, outgoing: Outgoing, reference: str, address: str, detail: str, as_of: datetime
) -> None:
    """Say that a message went out; a secret (a password link) is forgotten with it."""
    session.execute(
        text("""
            update operational.messages
               set status = 'sent', sent_at = :as_of, sent_to = :address, attempts = attempts + 1,
                   last_error = '', version_id = :version_id, provider_reference = :reference,
                   variables = case when :is_secret then '{}' else variables end
             where id = :id"""),
        {
            "id": outgoing.message_id, "as_of": as_of, "reference": reference, "address": address,
            "version_id": outgoing.version_id, "is_secret": outgoing.is_secret,
        },
    )  # fmt: skip
    add_event(
        session, message_id=outgoing.message_id, channel=outgoing.channel, kind="accepted", as_of=as_of,
        reference=reference, detail=detail,
    )  # fmt: skip


def mark_deferred(
    session: Session, *, outgoing: Outgoing, rule: ChannelRule, reason: str, kind: str, counts: bool,
    as_of: datetime,
) -> bool:  # fmt: skip
    """Count a failed attempt and plan the next; return False when the rule allows none."""
    attempts = outgoing.attempts + (1 if counts else 0)
    if attempts >= rule.most_attempts:
        return False
    session.execute(
        text("""
            update operational.messages set attempts = :attempts, next_attempt_at = :next,
                   last_error = :reason
             where id = :id"""),
        {
            "id": outgoing.message_id,
            "attempts": attempts,
            "next": as_of + rule.wait_after(attempts),
            "reason": reason[:200],
        },
    )
    add_event(
        session,
        message_id=outgoing.message_id,
        channel=outgoing.channel,
        kind=kind,
        as_of=as_of,
        detail=reason,
    )
    return True


def give_up(
    session: Session, *, message_id: int, reason: str, kind: str, may_replace: bool, as_of: datetime
) -> str:
    """Fail a message, or replace it by one in the next channel of the rules; return which (failed, replaced).

    The replacement has the key ``<key>><channel>`` and takes over the outbox row, so it is made once.
    """
    given: dict[str, Any] = {"id": message_id, "reason": reason[:200], "as_of": as_of, "kind": kind}
    row = session.execute(
        text("""
            select m.channel, m.status, f.next_channel from operational.messages m
              left join lateral (
                select next_channel from operational.message_fallbacks
                 where template_code in (m.template_code, '') and channel = m.channel
                   and superseded_at is null and valid_from <= cast(:as_of as timestamptz)::date
                   and (valid_to is null or valid_to > cast(:as_of as timestamptz)::date)
                 order by template_code desc limit 1) f on true
             where m.id = :id"""),
        given,
    ).one()
    next_channel = row.next_channel if may_replace else None
    session.execute(
        text("""
            update operational.messages set status = :status, failed_at = :as_of, last_error = :reason,
                   attempts = attempts + 1 where id = :id"""),
        {**given, "status": "replaced" if next_channel else "failed"},
    )
    add_event(session, message_id=message_id, channel=row.channel, kind=kind, as_of=as_of, detail=reason)
    if next_channel is None:
        return "failed"
    session.execute(
        text("""
            insert into operational.messages (key, template_code, channel, language, customer_id, document_id,
                   variables, refs, files, priority, created_at, next_attempt_at, replaces_id, outbox_id)
            select key || '>' || :next_channel, template_code, :next_channel, language, customer_id,
                   document_id, variables, refs, files, priority, :as_of, :as_of, id, outbox_id
              from operational.messages where id = :id on conflict do nothing"""),
        {**given, "next_channel": next_channel},
    )
    add_event(
        session, message_id=message_id, channel=row.channel, kind="replaced", as_of=as_of, detail=next_channel
    )
    return "replaced"


def is_bad_address(session: Session, *, channel: str, address: str) -> bool:
    """Tell whether an address bounced and nobody has cleared it since."""
    found = session.execute(
        text("""
            select 1 from operational.bad_addresses
             where channel = :channel and address = lower(:address) and cleared_at is null"""),
        {"channel": channel, "address": address},
    ).scalar()
    return found is not None


def mark_bad_address(
    session: Session, *, channel: str, address: str, reason: str, message_id: int, as_of: datetime
) -> None:
    """Remember that an address does not work; the next messages take the fallback at once."""
    session.execute(
        text("""
            insert into operational.bad_addresses (channel, address, reason, message_id, marked_at)
            values (:channel, lower(:address), :reason, :message_id, :as_of) on conflict do nothing"""),
        {
            "channel": channel, "address": address, "reason": reason[:200], "message_id": message_id,
            "as_of": as_of,
        },
    )  # fmt: skip
