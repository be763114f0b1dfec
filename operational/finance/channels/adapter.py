"""What every payment channel can do, whoever offers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from operational.kernel.errors import DomainError


class ChannelError(DomainError):
    """A channel refused, or told something that cannot be taken; nothing was changed."""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What somebody wants to pay: PLN, to the customer of a virtual account; `order_id` is ours and
    unique."""

    order_id: str
    amount: Decimal
    virtual_account: str
    title: str
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """Where the payer goes on to pay."""

    order_id: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """Something that happened in a channel: money came, or went back (`returns_event` says which).

    `event_id` is the channel's own and the same whenever it tells the event again; amounts are PLN above
    zero.
    """

    channel: str
    event_id: str
    kind: Literal["paid", "returned"]
    amount: Decimal
    occurred_at: datetime
    virtual_account: str = ""
    title: str = ""
    payer_name: str = ""
    returns_event: str = ""


class PaymentChannel(Protocol):
    """The adapter: start a payment, understand a notification, and ask again for what may have been lost."""

    def start(self, order: PaymentOrder) -> StartedPayment:
        """Announce a payment; the same order again gives the same answer. Raises ChannelError."""

    def read_notification(self, *, body: bytes, signature: str) -> ChannelEvent:
        """Return what a notification tells. Raises ChannelError when the signature or the content is
        wrong."""

    def events_since(self, moment: datetime) -> Sequence[ChannelEvent]:
        """Return all events since a moment, for the reconciler. Raises ChannelError."""
