"""Log-in, sessions, CSRF, headers, throttling, hostile text: the staff app keeps its doors shut."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from operational.app import guard
from operational.kernel import clock, db
from tests.factories.staff import HOSTILE, PASSWORD
from tests.operational.app.conftest import Desk


def _token(client: object) -> str:
    cookie = client.get_cookie("iris_staff")  # type: ignore[attr-defined]
    return cookie.value if cookie else ""


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(own_desk: Desk) -> None:
    client = own_desk.client()
    answers = [
        client.post("/login", data={"login": login, "password": "not this one"})
        for login in ("admin", "nobody")
    ]
    pages = [
        re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True)).replace(
            "nobody", "admin"
        )
        for answer in answers
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert pages[0] == pages[1]
    assert not _token(client)


def test_failed_attempts_make_the_account_wait_and_the_right_password_does_not_help(own_desk: Desk) -> None:
    client = own_desk.client()
    for _ in range(5):
        client.post("/login", data={"login": "clerk", "password": "wrong"})

    answer = client.post("/login", data={"login": "clerk", "password": PASSWORD})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert client.post("/login", data={"login": "finance", "password": PASSWORD}).status_code == 303


def test_the_wait_ends_by_itself(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = own_desk.client()
    for _ in range(6):
        client.post("/login", data={"login": "clerk", "password": "wrong"})
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert client.post("/login", data={"login": "clerk", "password": PASSWORD}).status_code == 303


def test_logging_in_gives_a_new_token_and_ends_the_one_that_was_there(desk: Desk) -> None:
    client = desk.client("clerk")
    first = _token(client)
    client.post("/login", data={"login": "clerk", "password": PASSWORD})
    thief = desk.client()
    thief.set_cookie("iris_staff", first)

    assert _token(client) != first
    assert thief.get("/").status_code == 303


def test_a_token_chosen_by_a_stranger_opens_nothing_and_is_replaced(desk: Desk) -> None:
    client = desk.client()
    client.set_cookie("iris_staff", "chosen-by-a-stranger")

    assert client.get("/").status_code == 303
    client.post("/login", data={"login": "clerk", "password": PASSWORD})
    assert _token(client) != "chosen-by-a-stranger"


def test_the_database_keeps_only_the_hash_of_a_token(desk: Desk) -> None:
    token = _token(desk.client("clerk"))
    with db.open_session("app", actor="test", database=desk.database) as session:
        kept = session.execute(text("select token_hash from operational.staff_sessions")).scalars().all()

    assert token.encode() not in [bytes(value) for value in kept]


def test_logging_out_ends_the_session_on_the_server(desk: Desk) -> None:
    client = desk.client("clerk")
    token = _token(client)
    client.post("/logout")
    client.set_cookie("iris_staff", token)

    assert client.get("/").status_code == 303


def test_an_idle_session_ends_after_an_hour(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = own_desk.client("clerk")
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert client.get("/").status_code == 303


def test_a_disabled_user_is_cut_off_at_once(own_desk: Desk) -> None:
    clerk, admin = own_desk.client("clerk"), own_desk.client("admin")
    number = own_desk.office.users["clerk"]
    admin.post(
        f"/staff/{number}/active",
        data={"form_key": "11111111-1111-4111-8111-111111111111", "is_active": "0", "row_version": "1"},
    )

    assert clerk.get("/").status_code == 303
    assert own_desk.client().post("/login", data={"login": "clerk", "password": PASSWORD}).status_code == 401


def test_cookies_are_unreadable_for_scripts_and_stay_on_this_site(desk: Desk) -> None:
    answer = desk.client().post("/login", data={"login": "clerk", "password": PASSWORD})
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("iris_staff="))

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_tls_the_session_cookie_is_bound_to_the_host(desk: Desk) -> None:
    answer = desk.client().post(
        "/login", data={"login": "clerk", "password": PASSWORD}, base_url="https://iris.example"
    )
    cookies = answer.headers.getlist("Set-Cookie")

    assert any(cookie.startswith("__Host-iris_staff=") and "Secure" in cookie for cookie in cookies)
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_logging_in_leads_nowhere_outside(desk: Desk, target: str) -> None:
    answer = desk.client().post("/login", data={"login": "clerk", "password": PASSWORD, "next": target})

    assert answer.headers["Location"] == "/"


def test_forms_without_their_token_are_refused(guarded_desk: Desk) -> None:
    answer = guarded_desk.client().post("/login", data={"login": "clerk", "password": PASSWORD})

    assert answer.status_code == 400
    assert "419" in answer.get_data(as_text=True)


def test_the_token_of_another_browser_is_refused_and_ones_own_accepted(
    guarded_desk: Desk, form_field: Callable[[str, str], str]
) -> None:
    mine, other = guarded_desk.client(), guarded_desk.client()
    tokens = [form_field(c.get("/login").get_data(as_text=True), "csrf_token") for c in (mine, other)]
    given = {"login": "clerk", "password": PASSWORD}

    assert mine.post("/login", data={**given, "csrf_token": tokens[1]}).status_code == 400
    assert mine.post("/login", data={**given, "csrf_token": tokens[0]}).status_code == 303


def test_every_answer_carries_the_security_headers(desk: Desk) -> None:
    client = desk.client("admin")
    for address in ("/", "/nothing-here", "/login", f"/customers/{desk.office.ids['customer']}", "/healthz"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]

        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Server" not in headers or "Werkzeug" not in headers["Server"]


def test_hostile_names_and_titles_stay_text_on_every_page(desk: Desk) -> None:
    client, ids = desk.client("admin"), desk.office.ids
    addresses = [
        "/",
        "/customers",
        f"/customers/{ids['customer']}",
        f"/customers/{ids['customer']}/account",
        f"/customers/{ids['customer']}/invoices",
        f"/customers/{ids['customer']}/edit",
        "/contracts",
        f"/contracts/{ids['contract']}",
        f"/supply-points/{ids['point']}",
        "/supply-points",
        "/invoices",
        f"/invoices/{ids['invoice']}",
        "/payments",
        f"/payments/{ids['suspense']}",
        "/suspense",
        "/billing/exceptions",
        f"/billing/runs/{ids['run']}",
        "/files",
        f"/files/{desk.office.numbers['file']}",
        "/search?q=klos",
        f"/search?q={HOSTILE}",
    ]
    seen = 0
    for address in addresses:
        html = client.get(address).get_data(as_text=True)
        assert "<script>window" not in html, address
        assert "<img src=x" not in html, address
        seen += html.count("&lt;script&gt;window") + html.count("&lt;img src=x")

    assert seen > 10  # the canaries are really on the pages


def test_reading_pages_writes_nothing(desk: Desk) -> None:
    client, ids = desk.client("admin"), desk.office.ids
    counts = text("""select (select count(*) from operational.audit_trail),
      (select count(*) from operational.documents),
        (select count(*) from operational.allocations), (select count(*) from operational.idempotency_keys),
        (select count(*) from operational.document_renditions), (select count(*) from raw.files)""")
    with db.open_session("app", actor="test", database=desk.database) as session:
        before = tuple(session.execute(counts).one())
    for address in (
        "/",
        "/customers",
        f"/customers/{ids['customer']}",
        f"/payments/{ids['suspense']}",
        "/suspense",
    ):
        client.get(address)
    with db.open_session("app", actor="test", database=desk.database) as session:
        assert tuple(session.execute(counts).one()) == before


def test_a_form_from_the_search_by_htmx_is_sent_to_the_log_in_when_the_session_is_gone(desk: Desk) -> None:
    answer = desk.client().get("/search?q=klos", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith("/login")


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%27%3Bselect pg_sleep(3)--",
        "/customers?order=name;drop",
        "/invoices?month=x",
        "/customers?page=99999999999999",
        "/rates?table=staff_users",
        "/payments?from=2026-13-45",
    ],
)
def test_nonsense_in_the_address_is_only_nonsense(desk: Desk, address: str) -> None:
    assert desk.client("admin").get(address).status_code == 200


def test_the_guard_names_its_cookie_by_the_scheme(desk: Desk) -> None:
    with desk.app.test_request_context(base_url="https://iris.example"):
        assert guard.cookie_name() == "__Host-iris_staff"
    with desk.app.test_request_context():
        assert guard.cookie_name() == "iris_staff"
