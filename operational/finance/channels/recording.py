"""What a channel told becomes a payment, once: the same event again is nothing, a changed one is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.allocation import allocate
from operational.finance.channels.adapter import ChannelError, ChannelEvent, PaymentChannel
from operational.finance.items import lock_customers
from operational.finance.reversals import close_payment
from operational.kernel.calendar import civil_day

_EVENT_ID = re.compile(r"[A-Za-z0-9._/-]{1,80}")
_OVERLAP = timedelta(days=3)  # asked for again, in case the gateway recorded an event late

_PAID = text("""
  with paid as (
    insert into operational.payments (idempotency_key, amount, booked_on, title, payer_name, method,
      customer_id,
      matched_by, confidence, recorded_at)
    values (:key, :amount, :day, :title, :payer_name, :channel, :customer,
      case when cast(:customer as bigint) is not null then 'virtual_account' end,
      case when cast(:customer as bigint) is not null then 100 end, :as_of)
    returning id, customer_id, amount, booked_on
  ),
  booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id, payment_id, idempotency_key, recorded_at)
    select :account, case when customer_id is null then 'suspense' else 'receivable' end, amount,
      case when customer_id is null then 'payment_unmatched' else 'payment' end, booked_on, customer_id, id,
      :key, :as_of from paid
  ),
  opened as (
    insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date, recorded_at)
    select customer_id, id, -amount, booked_on, booked_on, :as_of from paid where customer_id is not null
  )
  select id from paid""")
_EVENT = text("""
  insert into operational.channel_events (channel, event_id, kind, amount, occurred_at, virtual_account,
    title,
    payer_name, returns_event, payment_id, recorded_at)
  values (:channel, :event_id, :kind, :amount, :occurred_at, :virtual_account, :title, :payer_name,
    :returns_event, :payment, :as_of)""")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The payment of an event, and whether the event was new."""

    payment_id: int
    is_new: bool


def record_event(session: Session, *, event: ChannelEvent, as_of: datetime) -> Recorded:
    """Take an event of a channel: a payment of the customer of the virtual account (else in suspense), or its
    return by reversal. Idempotent; the channel's clearing account waits for the bank's one sum.

    Raises ChannelError: channel_content, channel_unknown, channel_event_changed, channel_return_unknown,
    channel_return_amount.
    """
    if not _EVENT_ID.fullmatch(event.event_id):
        raise ChannelError(
            "channel_content", f"'{event.event_id[:40]}' is no number of an event. Ask the channel."
        )
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"channel:{event.channel}:{event.event_id}"},
    )
    known = session.execute(
        text("select * from operational.channel_events where channel = :channel and event_id = :event_id"),
        {"channel": event.channel, "event_id": event.event_id},
    ).one_or_none()
    if known is not None:
        _require_same(event, known)
        return Recorded(known.payment_id, is_new=False)
    account: str | None = session.execute(
        text("select clearing_account from operational.payment_channels where code = :code and is_active"),
        {"code": event.channel},
    ).scalar_one_or_none()
    if account is None:
        raise ChannelError("channel_unknown", f"The channel '{event.channel}' is unknown or switched off.")
    payment = (
        _paid(session, event, account, as_of)
        if event.kind == "paid"
        else _returned(session, event, account, as_of)
    )
    session.execute(_EVENT, {**_fields(event), "payment": payment, "as_of": as_of})
    return Recorded(payment, is_new=True)


def reconcile_channel(
    session: Session, *, channel: PaymentChannel, codes: Iterable[str], as_of: datetime
) -> int:
    """Ask a channel for what may have been lost on the way; return how many events were new."""
    last: datetime | None = session.execute(
        text("select max(occurred_at) from operational.channel_events where channel = any(:codes)"),
        {"codes": list(codes)},
    ).scalar_one()
    events = channel.events_since((last or as_of) - _OVERLAP)
    ordered = sorted(events, key=lambda item: (item.kind == "returned", item.occurred_at, item.event_id))
    return sum(record_event(session, event=event, as_of=as_of).is_new for event in ordered)


def _fields(event: ChannelEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__slots__}


def _require_same(event: ChannelEvent, known: Row[Any]) -> None:
    differing = [name for name, value in _fields(event).items() if getattr(known, name) != value]
    if differing:
        raise ChannelError(
            "channel_event_changed",
            f"Event {event.event_id} of {event.channel} came before with another {', '.join(differing)}. "
            "Nothing was changed; ask the gateway which one is right.",
        )


def _paid(session: Session, event: ChannelEvent, account: str, as_of: datetime) -> int:
    customer: int | None = session.execute(
        text("select id from operational.customers where virtual_account = :account"),
        {"account": event.virtual_account},
    ).scalar_one_or_none()
    if customer is not None:
        lock_customers(session, [customer])
    payment: int = session.execute(
        _PAID,
        {**_fields(event), "key": f"channel:{event.channel}:{event.event_id}", "customer": customer,
         "account": account, "day": civil_day(event.occurred_at), "as_of": as_of},
    ).scalar_one()  # fmt: skip
    if customer is not None:
        allocate(session, customer_ids=[customer], as_of=as_of)
    return payment


def _returned(session: Session, event: ChannelEvent, account: str, as_of: datetime) -> int:
    paid = session.execute(
        text("""select p.id, p.amount, p.customer_id, p.reversed_on, p.closed_as from
          operational.channel_events e
                join operational.payments p on p.id = e.payment_id
                where e.channel = :channel and e.event_id = :returns and e.kind = 'paid'"""),
        {"channel": event.channel, "returns": event.returns_event},
    ).one_or_none()
    if paid is None or paid.closed_as in ("bank", "channel", "merged"):
        raise ChannelError(
            "channel_return_unknown",
            f"Event {event.event_id} returns {event.returns_event or 'nothing'}, which is not here or was "
            "returned before. It is taken once the payment came.",
        )
    if paid.amount != event.amount:
        raise ChannelError(
            "channel_return_amount",
            f"Event {event.event_id} returns {event.amount} PLN of {paid.amount} PLN; "
            "only whole returns are taken.",
        )
    owners: Iterable[int] = session.execute(
        text("""select distinct customer_id from operational.payments
                where (id = :id or parent_id = :id) and customer_id is not null"""),
        {"id": paid.id},
    ).scalars()
    lock_customers(session, list(owners))
    customers = close_payment(
        session, payment_id=paid.id, credit=account, key=f"channel:{event.channel}:{event.event_id}",
        closed_as="channel", day=civil_day(event.occurred_at), as_of=as_of,
    )  # fmt: skip
    if customers:
        allocate(session, customer_ids=customers, as_of=as_of)
    return int(paid.id)
