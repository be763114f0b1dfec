"""A server that speaks the small part of SMSAPI.pl that IRIS uses: send, idx, delivery reports, errors.

It runs in tests and by ``iris sms-simulator``, sends nothing to anybody and forgets everything when it stops.
Numbers ending in 000 are refused as not valid, numbers ending in 111 are never delivered. ``answers`` are
given once each instead of a plain yes: see `Answer`.
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

_DELIVERED, _UNDELIVERED = 404, 405


class Answer(StrEnum):
    """What the server does with the next message instead of taking it."""

    NO_POINTS = "no_points"
    RATE_LIMIT = "rate_limit"
    TOO_MANY = "too_many"
    BROKEN = "broken"
    SILENT_AFTER_ACCEPT = "silent_after_accept"


@dataclass(frozen=True, slots=True)
class Taken:
    """An SMS that the server took."""

    id: str
    idx: str
    number: str
    message: str


@dataclass
class Provider:
    """The state of the pretended provider; `points` are what the account holds, one per message;
    `after` is told of every message taken."""

    token: str = "simulated-token"  # noqa: S105  a pretended provider
    points: int = 1_000_000
    answers: deque[Answer] = field(default_factory=deque)
    messages: list[Taken] = field(default_factory=list)
    after: Callable[[int], None] = lambda count: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, fields: dict[str, str], token: str) -> tuple[int, dict[str, Any] | None]:
        """Answer one request: an HTTP status and JSON, or None for silence."""
        with self._lock:
            if token != f"Bearer {self.token}":
                return 200, _error(101, "Authorization failed")
            if "status" in fields:
                return 200, {"list": [self._report(one) for one in fields["status"].split(",")]}
            answer = self.answers.popleft() if self.answers else None
            if answer is Answer.RATE_LIMIT:
                return 429, {"message": "Too many requests"}
            if answer is Answer.BROKEN:
                return 500, {}
            if answer is Answer.TOO_MANY:
                return 200, _error(202, "Too many simultaneous requests")
            if answer is Answer.NO_POINTS or self.points <= 0:
                return 200, _error(103, "Insufficient credits on Your account")
            told = self._take(fields)
            return 200, None if answer is Answer.SILENT_AFTER_ACCEPT else told

    def _take(self, fields: dict[str, str]) -> dict[str, Any]:
        number, idx = fields.get("to", ""), fields.get("idx", "")
        if not number.isdecimal() or not 11 <= len(number) <= 15 or number.endswith("000"):
            return _error(13, "No correct phone numbers")
        if not fields.get("message"):
            return _error(11, "The message is too long or there is no message")
        if fields.get("check_idx") == "1" and any(one.idx == idx for one in self.messages):
            return _error(53, "Not unique idx, message with the last idx has been already sent")
        taken = Taken(f"SIM{len(self.messages) + 1:012d}", idx, number, fields["message"])
        self.messages.append(taken)
        self.points -= 1
        self.after(len(self.messages))
        row = {
            "id": taken.id, "points": 0.16, "number": number, "submitted_number": number, "status": "QUEUE",
            "error": None, "idx": idx,
        }  # fmt: skip
        return {"count": 1, "list": [row]}

    def _report(self, wanted: str) -> dict[str, Any]:
        found = next((one for one in self.messages if one.id == wanted), None)
        if found is None:
            return {"id": wanted, "status": 401}
        status = _UNDELIVERED if found.number.endswith("111") else _DELIVERED
        return {"id": wanted, "idx": found.idx, "status": status}


def _error(code: int, words: str) -> dict[str, Any]:
    return {"error": code, "message": words}


class SmsServer:
    """The HTTP server; `with SmsServer() as server:` runs it in a thread until the block ends."""

    def __init__(self, provider: Provider | None = None, *, port: int = 0) -> None:
        self.provider = provider or Provider()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self.provider))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return the address for IRIS_SMS_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Answer in this thread until interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request of the interface."""

        def do_POST(self) -> None:
            """Answer ``sms.do``."""
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            fields = {name: values[0] for name, values in parse_qs(content, keep_blank_values=True).items()}
            status, told = provider.ask(fields, self.headers.get("Authorization", ""))
            if self.path != "/sms.do":
                status, told = 404, {}
            if told is None:
                self.close_connection = True
                return
            answer = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Keep numbers out of the log."""

    return Handler
