"""Serves Dagster's web pages to people whom the staff app let in: `python -m orchestration.dagster_server`.

Dagster has no log-in of its own. The staff app's menu leads here with `?ticket=`; the browser then carries a
signed cookie for some hours. The daemon (schedules, sensors, queued runs) runs as a child of this process.
"""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from operational.kernel import clock, state, tickets
from operational.kernel.settings import get_settings

DEFINITIONS = "orchestration.definitions"
HEALTH_PATH = "/server_info"
COOKIE = "iris_dagster"
SESSION_SECONDS = 4 * 3600

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door:
    """ASGI middleware: a ticket becomes a cookie, once; without either only the health page answers."""

    def __init__(self, app: Application, *, key: str, way_in: str) -> None:
        """Guard an application; `key` signs tickets and cookies, `way_in` is the page that gives tickets."""
        self._app, self._key, self._way_in = app, key, way_in
        self._used: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, exchange its ticket for a cookie, or refuse it."""
        if scope["type"] == "lifespan" or scope.get("path") == HEALTH_PATH:
            return await self._app(scope, receive, send)
        asked, now = HTTPConnection(scope), clock.now().timestamp()
        if scope["type"] == "http" and (sent := asked.query_params.get("ticket")):
            answer = self._exchanged(asked, sent, now) or self._refusal()
            return await answer(scope, receive, send)
        if tickets.verified(asked.cookies.get(COOKIE, ""), key=f"{self._key}:session", now=now):
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        return await self._refusal()(scope, receive, send)

    def _exchanged(self, asked: HTTPConnection, sent: str, now: float) -> Response | None:
        """Return the answer that hands out a cookie for a good new ticket, None for any other."""
        ticket = tickets.verified(sent, key=self._key, now=now)
        self._used = {nonce: expires for nonce, expires in self._used.items() if expires >= now}
        if ticket is None or ticket.nonce in self._used:
            return None
        self._used[ticket.nonce] = ticket.expires
        rest = urlencode([pair for pair in parse_qsl(asked.url.query) if pair[0] != "ticket"])
        answer = RedirectResponse(f"{asked.url.path}?{rest}".rstrip("?"), 303)
        cookie = tickets.signed(
            login=ticket.login, key=f"{self._key}:session", now=now, seconds=SESSION_SECONDS
        )
        answer.set_cookie(COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="strict")
        return answer

    def _refusal(self) -> Response:
        return PlainTextResponse(f"Open Dagster from the staff application: {self._way_in}\n", 403)


def main() -> None:
    """Serve Dagster with its daemon on the configured host and port until the process is stopped."""
    settings = get_settings()
    way_in = f"http://{settings.host}:{settings.staff_port}/orchestration"
    daemon = subprocess.Popen(
        [sys.executable, "-m", "dagster._daemon", "run", "-m", DEFINITIONS], env=os.environ
    )
    target = ModuleTarget(
        module_name=DEFINITIONS, attribute=None, working_directory=None, location_name=DEFINITIONS
    )
    try:
        with (
            DagsterInstance.get() as instance,
            WorkspaceProcessContext(instance, workspace_load_target=target) as context,
        ):
            dagster = create_app_from_workspace_process_context(context)
            door = Door(dagster, key=state.derived_key("dagster"), way_in=way_in)
            uvicorn.run(door, host=settings.host, port=settings.dagster_port, log_level="warning")
    finally:
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    main()
