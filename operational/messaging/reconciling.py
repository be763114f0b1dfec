"""Reconciliation with the gateways: what was handed over is compared with what they say became of it.

Delivery takes reports on its way; this run does nothing else, also when nothing is to be sent, and it counts
what has no answer: SMS that no report came for while the provider could be asked, and handovers without an
outcome. Every run is kept, so the monitor says when the gateways were asked last.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.messaging.delivery import take_reports
from operational.messaging.receipts import ASK_FOR

# A handover is in doubt when its run must have ended: a run waits at most half a minute for an answer.
_IN_DOUBT_AFTER = timedelta(minutes=10)
_UNREPORTED = text("""
  insert into operational.message_events (message_id, kind, channel, occurred_at)
  select m.id, 'unreported', m.channel, :as_of from operational.messages m
   where m.channel = 'sms' and m.status = 'sent' and m.sent_at <= :since
     and not exists (select from operational.message_events e
                      where e.message_id = m.id and e.kind = 'unreported')
   order by m.id returning message_id""")
_OPEN = text("""
  select count(*) filter (where e.kind = 'handover' and e.occurred_at <= :since) as in_doubt,
         count(*) filter (where m.attempts > 0) as asks_again
    from operational.messages m
    join lateral (select kind, occurred_at from operational.message_events
                   where message_id = m.id order by id desc limit 1) e on true
   where m.status = 'waiting' and m.channel in ('email', 'sms')""")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a run found: messages confirmed and bounced since the last one, SMS that will have no report any
    more, handovers without an outcome, and messages that will be tried again.
    """

    as_of: datetime
    confirmed: int
    bounced: int
    unreported: int
    in_doubt: int
    asks_again: int


def reconcile(*, session_factory: Callable[[], Session], as_of: datetime) -> Reconciliation:
    """Ask the gateways what became of messages and keep the outcome; running it again changes nothing twice.

    Transactions of its own. A gateway that does not answer is asked again by the next run.
    """
    confirmed, bounced = take_reports(session_factory, as_of=as_of)
    with session_factory() as session, session.begin():
        unreported = len(session.execute(_UNREPORTED, {"as_of": as_of, "since": as_of - ASK_FOR}).all())
        found = session.execute(_OPEN, {"since": as_of - _IN_DOUBT_AFTER}).one()
        result = Reconciliation(as_of, confirmed, bounced, unreported, found.in_doubt, found.asks_again)
        session.execute(
            text("""
                insert into operational.message_reconciliations (as_of, confirmed, bounced, unreported,
                       in_doubt, asks_again)
                values (:as_of, :confirmed, :bounced, :unreported, :in_doubt, :asks_again)"""),
            asdict(result),
        )
    return result


def last_reconciliation(session: Session) -> Reconciliation | None:
    """Return the newest run, or None."""
    row = session.execute(
        text("""
            select as_of, confirmed, bounced, unreported, in_doubt, asks_again
              from operational.message_reconciliations order by id desc limit 1""")
    ).one_or_none()
    return None if row is None else Reconciliation(**row._mapping)


@dataclass(frozen=True, slots=True)
class Stop:
    """A gateway that refuses us: nothing went through it since."""

    channel: str
    since: datetime
    reason: str


def stops(session: Session) -> list[Stop]:
    """Return the channels whose newest answer says that our account or settings must be mended."""
    rows = session.execute(
        text("""
            select w.channel, w.occurred_at as since, w.detail as reason
              from unnest(array['email', 'sms']) as c (channel)
              join lateral (select id, channel, occurred_at, detail from operational.message_events
                             where kind = 'misconfigured' and channel = c.channel
                             order by id desc limit 1) w on true
             where not exists (select from operational.message_events e
                                where e.id > w.id and e.channel = w.channel and e.kind = 'accepted')""")
    )
    return [Stop(**row._mapping) for row in rows]
