"""The client of a gateway for cards and BLIK: JSON over HTTP, signed both ways with HMAC-SHA256."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from operational.finance.channels.adapter import ChannelError, ChannelEvent, PaymentOrder, StartedPayment
from operational.kernel.settings import Settings

SIGNATURE = "X-Iris-Signature"
_SECONDS = 15
_LONGEST = {"event_id": 80, "title": 200, "payer_name": 140, "virtual_account": 34, "returns_event": 80}


def sign(secret: str, body: bytes) -> str:
    """Return the signature of a message."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Gateway:
    """The adapter of the gateway; channels ``card`` and ``blik``."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._url, self._secret = url.rstrip("/"), secret

    def start(self, order: PaymentOrder) -> StartedPayment:
        """Announce a payment; the gateway answers with the page on which the payer chooses card or BLIK."""
        told = self._ask(
            "POST",
            "/orders",
            {
                "order_id": order.order_id,
                "amount": str(order.amount),
                "currency": "PLN",
                "virtual_account": order.virtual_account,
                "title": order.title,
                "notify_url": order.notify_url,
            },
        )
        return StartedPayment(str(told["order_id"]), str(told["pay_url"]))

    def read_notification(self, *, body: bytes, signature: str) -> ChannelEvent:
        """Return the event of a notification whose signature is right."""
        if not self._secret or not hmac.compare_digest(sign(self._secret, body).encode(), signature.encode()):
            raise ChannelError(
                "channel_signature", "The signature of the notification is wrong. Check IRIS_GATEWAY_SECRET."
            )
        try:
            return _event(json.loads(body))
        except (ValueError, TypeError, KeyError, InvalidOperation) as error:
            raise ChannelError(
                "channel_content", f"The notification cannot be read: {error!r}. Ask the gateway."
            ) from error

    def events_since(self, moment: datetime) -> Sequence[ChannelEvent]:
        """Return all events of the gateway since a moment."""
        told = self._ask("GET", "/events?" + urlencode({"since": moment.isoformat()}), None)
        return [_event(item) for item in told["events"]]

    def _ask(self, method: str, path: str, content: dict[str, Any] | None) -> dict[str, Any]:
        if not self._url.startswith(("http://", "https://")):
            raise ChannelError("channel_off", "No gateway is set (IRIS_GATEWAY_URL).")
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        signature = sign(self._secret, body or path.encode())
        request = Request(  # noqa: S310  the scheme was checked
            self._url + path, data=body or None, method=method,
            headers={"Content-Type": "application/json", SIGNATURE: signature},
        )  # fmt: skip
        try:
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                told: dict[str, Any] = json.load(answer)
        except HTTPError as error:
            raise ChannelError(
                "channel_refused", f"The gateway refused ({error.code}). Check address and secret."
            ) from error
        except (URLError, OSError, ValueError) as error:
            raise ChannelError(
                "channel_unreachable", f"The gateway does not answer: {error}. Try again later."
            ) from error
        return told


def configured(settings: Settings) -> Gateway | None:
    """Return the gateway of the settings; None when it is off."""
    if not settings.gateway_url:
        return None
    return Gateway(url=settings.gateway_url, secret=settings.gateway_secret.get_secret_value())


def _event(told: dict[str, Any]) -> ChannelEvent:
    amount = Decimal(str(told["amount"]))
    texts = {name: str(told.get(name, "")) for name in _LONGEST}
    too_long = [name for name, longest in _LONGEST.items() if len(texts[name]) > longest]
    moment = datetime.fromisoformat(str(told["occurred_at"]))
    if told["channel"] not in ("card", "blik") or told["kind"] not in ("paid", "returned"):
        raise ValueError("channel or kind")
    if told.get("currency", "PLN") != "PLN" or not texts["event_id"] or too_long or moment.tzinfo is None:
        raise ValueError("currency, event_id, length or time zone")
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError("amount")
    return ChannelEvent(
        channel=told["channel"], kind=told["kind"], amount=amount, occurred_at=moment, **texts
    )
