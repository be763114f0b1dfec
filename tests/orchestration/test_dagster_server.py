"""The door of Dagster: a ticket opens it once, a cookie keeps it open, everybody else stays outside."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from operational.kernel import clock, tickets
from orchestration.dagster_server import COOKIE, HEALTH_PATH, Door

KEY = "the key of this test"
Message = MutableMapping[str, Any]


async def inside(scope: Message, receive: Any, send: Any) -> None:
    """Answer as Dagster would, without Dagster."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})
    else:
        await send({"type": "websocket.accept"})


def knock(
    door: Door, path: str = "/", *, kind: str = "http", query: str = "", cookie: str = ""
) -> list[Message]:
    """Send one request to the door and return what it sends back."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:3000")] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {
        "type": kind, "method": "GET", "path": path, "query_string": query.encode(), "headers": headers,
        "scheme": "http", "server": ("127.0.0.1", 3000),
    }  # fmt: skip
    asyncio.run(door(scope, receive, send))
    return sent


@pytest.fixture
def door() -> Door:
    return Door(inside, key=KEY, way_in="http://127.0.0.1:8000/orchestration")


def _ticket(key: str = KEY, age: float = 0) -> str:
    return tickets.signed(login="adam", key=key, now=clock.now().timestamp() - age)


def _cookie(answer: list[Message]) -> str:
    headers = dict(answer[0]["headers"])
    assert b"HttpOnly" in headers[b"set-cookie"]
    assert b"samesite=strict" in headers[b"set-cookie"].lower()
    return headers[b"set-cookie"].decode().partition(";")[0]


@pytest.mark.parametrize("path", ["/", "/graphql", "/asset-groups", "/server_info/x"])
def test_without_a_ticket_nothing_is_shown_but_the_way_in(door: Door, path: str) -> None:
    start, body = knock(door, path)
    assert start["status"] == 403
    assert b"http://127.0.0.1:8000/orchestration" in body["body"]


def test_a_websocket_without_the_cookie_is_closed(door: Door) -> None:
    assert knock(door, "/graphql", kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_the_health_page_answers_everybody(door: Door) -> None:
    assert knock(door, HEALTH_PATH)[0]["status"] == 200


def test_a_ticket_becomes_a_cookie_that_opens_pages_and_websockets(door: Door) -> None:
    answer = knock(door, "/asset-groups", query=f"ticket={_ticket()}&view=x")
    assert answer[0]["status"] == 303
    assert dict(answer[0]["headers"])[b"location"] == b"/asset-groups?view=x"
    cookie = _cookie(answer)
    assert knock(door, "/graphql", cookie=cookie)[0]["status"] == 200
    assert knock(door, "/graphql", kind="websocket", cookie=cookie)[0]["type"] == "websocket.accept"


def test_a_ticket_opens_the_door_once(door: Door) -> None:
    ticket = _ticket()
    assert knock(door, query=f"ticket={ticket}")[0]["status"] == 303
    assert knock(door, query=f"ticket={ticket}")[0]["status"] == 403


@pytest.mark.parametrize("ticket", [_ticket(key="another"), _ticket(age=3600), "forged.ticket", ""])
def test_a_forged_or_old_ticket_opens_nothing(door: Door, ticket: str) -> None:
    assert knock(door, query=f"ticket={ticket}")[0]["status"] == 403


def test_a_ticket_is_no_cookie(door: Door) -> None:
    assert knock(door, cookie=f"{COOKIE}={_ticket()}")[0]["status"] == 403
