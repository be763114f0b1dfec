"""Log-in, sessions, CSRF: what a browser may do before and after, and how a session ends."""

import re
import statistics
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from ebok.pages.door import safe_target
from operational.access.portal import operations as access
from operational.kernel import clock, db
from tests.ebok.conftest import PASSWORD, World, csrf_token, log_in


def test_a_customer_logs_in_by_e_mail_and_by_customer_number(app: Flask, world: World) -> None:
    for login in (
        world.a.login,
        world.a.login.upper(),
        world.a.customer.number,
        world.a.customer.number.lower(),
    ):
        client = app.test_client()
        answer = log_in(client, login)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), login
        assert "Anna Nowak" in client.get("/").text


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(app: Flask, world: World) -> None:
    pages = []
    for login in (world.a.login, "nobody@example.pl"):
        answer = log_in(app.test_client(), login, "wrong password")
        assert answer.status_code == 401
        pages.append(re.sub(r'(value|nonce)="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]


def test_the_time_of_the_answer_does_not_tell_whether_an_account_exists(world: World) -> None:
    times: dict[str, list[float]] = {world.a.login: [], "nobody@example.pl": []}
    for attempt in range(12):
        for login, measured in times.items():
            with db.open_session("auth", actor="test", database=world.database) as session:
                started = time.perf_counter()
                access.log_in(
                    session,
                    login=login,
                    password="wrong",
                    address=f"192.0.2.{attempt}",
                    as_of=clock.now() + attempt * timedelta(hours=1),
                )
                measured.append(time.perf_counter() - started)
    known, unknown = (statistics.median(measured) for measured in times.values())
    # Without the dummy hash the unknown account answers in about a tenth of the time.
    assert 0.4 < unknown / known < 2.5


def test_attempts_are_slowed_down_per_account_even_for_an_unknown_one(app: Flask, world: World) -> None:
    for login in (world.a.login, "nobody@example.pl"):
        statuses = [log_in(app.test_client(), login, "wrong").status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
    blocked = log_in(app.test_client(), world.a.login)
    assert blocked.status_code == 429  # the right password waits too
    assert int(blocked.headers["Retry-After"]) >= 1
    assert "Odczekaj" in blocked.text


def test_attempts_are_slowed_down_per_address(app: Flask, world: World) -> None:
    statuses = {log_in(app.test_client(), f"user{number}", "wrong").status_code for number in range(20)}
    assert statuses == {401}
    assert log_in(app.test_client(), world.a.login).status_code == 429


def test_the_wait_grows_and_ends(world: World) -> None:
    moment = clock.now()
    waits = []
    for _ in range(9):
        with db.open_session("auth", actor="test", database=world.database) as session:
            result = access.log_in(
                session, login=world.a.login, password="wrong", address="192.0.2.1", as_of=moment
            )
        if result.wait:
            waits.append(result.wait)
            moment += result.wait
        else:
            moment += timedelta(milliseconds=10)
    assert waits == sorted(waits)
    assert len(waits) >= 2
    with db.open_session("auth", actor="test", database=world.database) as session:
        later = moment + timedelta(minutes=16)
        good = access.log_in(
            session, login=world.a.login, password=PASSWORD, address="192.0.2.1", as_of=later
        )
    assert good.token


def test_a_disabled_account_is_cut_off_at_once(app: Flask, world: World) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    assert client.get("/").status_code == 200
    with db.open_session("app", actor="test", database=world.database) as session:
        session.execute(text("update operational.customer_users set is_active = false"))
    assert client.get("/").status_code == 303
    assert log_in(app.test_client(), world.a.login).status_code == 401


def test_log_out_ends_the_session_in_the_database(app: Flask, world: World) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    cookie = client.get_cookie("iris_ebok")
    assert cookie is not None
    page = client.get("/")
    assert client.post("/logout", data={"csrf_token": csrf_token(page)}).status_code == 303
    assert client.get_cookie("iris_ebok") is None
    client.set_cookie("iris_ebok", cookie.value)  # a copy that somebody kept
    assert client.get("/").headers["Location"].startswith("/login")


def test_a_session_ends_after_fifteen_idle_minutes(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    started = clock.now()
    monkeypatch.setattr(clock, "now", lambda: started + timedelta(minutes=14))
    assert client.get("/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: started + timedelta(minutes=28))
    assert client.get("/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: started + timedelta(minutes=44))
    assert client.get("/").status_code == 303


def test_a_session_ends_after_twelve_hours_of_use(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    started, statuses = clock.now(), []
    for step in range(1, 62):
        monkeypatch.setattr(clock, "now", lambda step=step: started + step * timedelta(minutes=12))
        statuses.append(client.get("/my-data").status_code)
    assert statuses[:59] == [200] * 59
    assert statuses[59:] == [303, 303]


def test_the_database_itself_forgets_an_idle_session(world: World) -> None:
    past = clock.now() - timedelta(minutes=20)
    with db.open_session("auth", actor="test", database=world.database) as session:
        token = access.log_in(
            session, login=world.a.login, password=PASSWORD, address="192.0.2.1", as_of=past
        ).token
    assert token
    with db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session:
        assert session.execute(text("select count(*) from operational.documents")).scalar_one() == 0


def test_only_the_hash_of_the_token_is_stored(app: Flask, world: World) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    cookie = client.get_cookie("iris_ebok")
    assert cookie is not None
    with db.open_session("app", actor="test", database=world.database) as session:
        stored = session.execute(text("select * from sec.web_sessions")).all()
    assert access.token_hash(cookie.value) in {row.token_hash for row in stored}
    assert cookie.value not in str(stored)


def test_every_log_in_gets_a_new_token_whatever_the_browser_brought(app: Flask, world: World) -> None:
    client = app.test_client()
    client.set_cookie("iris_ebok", "planted-by-somebody")
    log_in(client, world.a.login)
    first = client.get_cookie("iris_ebok")
    assert first is not None
    assert first.value != "planted-by-somebody"
    other = app.test_client()
    log_in(other, world.a.login)
    second = other.get_cookie("iris_ebok")
    assert second is not None
    assert second.value != first.value


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(app: Flask, world: World) -> None:
    plain = log_in(app.test_client(), world.a.login).headers.get_all("Set-Cookie")
    (cookie,) = [header for header in plain if header.startswith("iris_ebok=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    secure = log_in(
        app.test_client(),
        world.a.login,
        base_url="https://localhost",
        headers={"Referer": "https://localhost/"},
    )
    (cookie,) = [header for header in secure.headers.get_all("Set-Cookie") if "iris_ebok=" in header]
    assert cookie.startswith("__Host-iris_ebok=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize("path", ["/login", "/logout", "/preferences"])
@pytest.mark.parametrize("token", [None, "", "forged", "foreign"])
def test_every_form_needs_its_own_token(app: Flask, world: World, path: str, token: str | None) -> None:
    client = app.test_client()
    log_in(client, world.a.login)
    if token == "foreign":
        token = csrf_token(app.test_client().get("/login"))
    data = {"login": world.a.login, "password": PASSWORD, "theme": "dark"} | (
        {} if token is None else {"csrf_token": token}
    )
    assert client.post(path, data=data).status_code == 400
    assert client.get("/").status_code == 200  # still logged in


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
        "",
    ],
)
def test_after_the_log_in_nobody_is_sent_to_another_site(app: Flask, target: str) -> None:
    with app.test_request_context("/"):
        assert safe_target(target) == "/"


def test_after_the_log_in_the_wanted_page_opens(app: Flask, world: World) -> None:
    client = app.test_client()
    where = client.get("/invoices?tab=open").headers["Location"]
    token = csrf_token(client.get(where))
    answer = client.post(where, data={"csrf_token": token, "login": world.a.login, "password": PASSWORD})
    assert answer.headers["Location"] == "/invoices?tab=open"


def test_two_accounts_of_one_customer_need_the_e_mail(app: Flask, world: World) -> None:
    with db.open_session("app", actor="test", database=world.database) as session:
        access.create_account(
            session,
            customer_id=world.a.customer.id,
            login="bookkeeper@example.pl",
            password="another long one",
        )
    assert log_in(app.test_client(), world.a.customer.number).status_code == 401
    assert log_in(app.test_client(), "bookkeeper@example.pl", "another long one").status_code == 303


def test_a_log_in_can_be_taken_only_once(world: World) -> None:
    with (
        pytest.raises(access.PortalLoginTaken),
        db.open_session("app", actor="test", database=world.database) as session,
    ):
        access.create_account(
            session, customer_id=world.b.customer.id, login=world.a.login.upper(), password="another long one"
        )
