"""The cash desk as a channel: a clerk takes the money and the event is there at once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from operational.finance.channels.adapter import ChannelError, ChannelEvent, PaymentOrder, StartedPayment


class CashDesk:
    """The adapter of the cash desk: nothing is started elsewhere and nothing can be lost on the way."""

    def start(self, order: PaymentOrder) -> StartedPayment:
        """Return the order: the payer stands at the desk."""
        return StartedPayment(order.order_id, "")

    def read_notification(self, *, body: bytes, signature: str) -> ChannelEvent:
        """Refuse: nobody but the clerk tells about cash."""
        raise ChannelError(
            "channel_content", f"The cash desk sends no notifications ({len(body)} bytes{signature[:0]})."
        )

    def events_since(self, moment: datetime) -> Sequence[ChannelEvent]:
        """Return nothing: what the desk took stands here already, whatever the moment."""
        del moment
        return []

    def taken(
        self,
        *,
        receipt: str,
        amount: Decimal,
        virtual_account: str,
        title: str,
        payer_name: str,
        at: datetime,
    ) -> ChannelEvent:
        """Return the event of money taken; `receipt` is the number of the cash receipt, unique."""
        return ChannelEvent(
            channel="cash", event_id=receipt, kind="paid", amount=amount, occurred_at=at,
            virtual_account=virtual_account, title=title, payer_name=payer_name,
        )  # fmt: skip
