"""A pretended gateway for cards and BLIK: orders, a page to pay on, signed notifications, the list of events.

It runs in tests and by ``iris channels simulator``, moves no money and forgets everything when it stops.
``notices`` is how often each notification is sent (0: lost, 2: twice), as a real one does on a bad day.
"""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hmac import compare_digest
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from operational.finance.channels.gateway import SIGNATURE, sign
from operational.kernel import clock

_PAGE = """<!doctype html><html lang="pl"><meta charset="utf-8"><title>Bramka (symulacja)</title>
<h1>Bramka płatnicza (symulacja)</h1><p>{title}</p><p><b>{amount} PLN</b></p>
<form method="post" action="/orders/{order}/pay"><button name="channel" value="blik">BLIK</button>
<button name="channel" value="card">Karta</button></form></html>"""


@dataclass
class GatewayState:
    """Orders and events of the pretended gateway."""

    secret: str
    notices: int = 1
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pay(self, order_id: str, channel: str) -> dict[str, Any]:
        """Pay an order and tell so; the same order again is told again, not paid again."""
        with self.lock:
            order = self.orders[order_id]
            event = next((item for item in self.events if item["event_id"] == f"P-{order_id}"), None)
            if event is None:
                event = self._event(order, f"P-{order_id}", channel, "paid")
        self.notify(event)
        return event

    def give_back(self, order_id: str) -> dict[str, Any]:
        """Return the money of a paid order and tell so."""
        with self.lock:
            paid = next(item for item in self.events if item["event_id"] == f"P-{order_id}")
            event = self._event(self.orders[order_id], f"R-{order_id}", paid["channel"], "returned")
            event["returns_event"] = paid["event_id"]
        self.notify(event)
        return event

    def _event(self, order: dict[str, Any], event_id: str, channel: str, kind: str) -> dict[str, Any]:
        event = {
            "event_id": event_id, "channel": channel, "kind": kind, "amount": order["amount"],
            "currency": "PLN", "occurred_at": clock.now().astimezone(UTC).isoformat(),
            "virtual_account": order["virtual_account"], "title": order["title"], "payer_name": "",
        }  # fmt: skip
        self.events.append(event)
        return event

    def notify(self, event: dict[str, Any]) -> None:
        """Send the notification as often as set; the answers are kept."""
        address = next(
            (order["notify_url"] for key, order in self.orders.items() if event["event_id"].endswith(key)), ""
        )
        if not address.startswith(("http://", "https://")):
            return
        body = json.dumps(event, ensure_ascii=False).encode()
        for _ in range(self.notices):
            headers = {"Content-Type": "application/json", SIGNATURE: sign(self.secret, body)}
            request = Request(address, data=body, headers=headers, method="POST")  # noqa: S310
            try:
                with urlopen(request, timeout=10) as answer:  # noqa: S310
                    self.answers.append(answer.status)
            except URLError as error:
                self.answers.append(int(getattr(error, "code", 0) or 0))


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        state = self.server.state
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 65536))
        parts = self.path.strip("/").split("/")
        if parts == ["orders"]:
            if not compare_digest(sign(state.secret, body), self.headers.get(SIGNATURE, "")):
                self._json(401, {"error": "signature"})
                return
            order = json.loads(body)
            Decimal(order["amount"])
            with state.lock:
                state.orders.setdefault(order["order_id"], order)
            host, port = str(self.server.server_address[0]), self.server.server_address[1]
            self._json(
                200,
                {
                    "order_id": order["order_id"],
                    "pay_url": f"http://{host}:{port}/orders/{order['order_id']}",
                },
            )
        elif len(parts) == 3 and parts[0] == "orders" and parts[1] in state.orders and parts[2] == "pay":
            channel = parse_qs(body.decode()).get("channel", ["card"])[0]
            self._json(200, state.pay(parts[1], "blik" if channel == "blik" else "card"))
        elif len(parts) == 3 and parts[0] == "orders" and parts[1] in state.orders and parts[2] == "return":
            self._json(200, state.give_back(parts[1]))
        else:
            self._json(404, {"error": "unknown"})

    def do_GET(self) -> None:
        state, address = self.server.state, urlsplit(self.path)
        parts = address.path.strip("/").split("/")
        if parts == ["events"]:
            if not compare_digest(sign(state.secret, self.path.encode()), self.headers.get(SIGNATURE, "")):
                self._json(401, {"error": "signature"})
                return
            since = datetime.fromisoformat(parse_qs(address.query)["since"][0])
            found = [item for item in state.events if datetime.fromisoformat(item["occurred_at"]) >= since]
            self._json(200, {"events": found})
        elif len(parts) == 2 and parts[0] == "orders" and parts[1] in state.orders:
            order = state.orders[parts[1]]
            page = _PAGE.format(
                title=escape(order["title"]), amount=escape(order["amount"]), order=escape(parts[1])
            )
            self._send(200, page.encode(), "text/html; charset=utf-8")
        else:
            self._json(404, {"error": "unknown"})

    def _json(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], state: GatewayState) -> None:
        super().__init__(address, _Handler)
        self.state = state


class GatewaySimulator:
    """The server, for ``with``: `url` is its address, `state` what it knows."""

    def __init__(self, *, secret: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state = GatewayState(secret)
        self._server = _Server((host, port), self.state)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return the address of the server."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self) -> None:
        """Serve until stopped."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()
