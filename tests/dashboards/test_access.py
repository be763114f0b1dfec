"""Nobody sees a dashboard without a fresh ticket of the staff app."""

import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards.access import verify
from operational.kernel.tickets import TICKET_SECONDS
from operational.kernel.tickets import signed as ticket

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"
KEY = "a key of the tests"
NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_resource.clear()
    monkeypatch.setenv("IRIS_BI_TICKET_KEY", KEY)
    monkeypatch.setenv("IRIS_STAFF_URL", "http://127.0.0.1:8000")
    monkeypatch.delenv("IRIS_BI_DSN", raising=False)


def _opened(given: str | None) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    if given is not None:
        app.query_params["ticket"] = given
    return app.run()


def _is_locked(app: AppTest) -> bool:
    return any("zaloguj się tam" in message.value for message in app.info)


def test_a_ticket_of_the_staff_app_is_understood_by_the_dashboards() -> None:
    found = verify(ticket(login="anna", key=KEY, now=NOW), key=KEY, now=NOW + 1)
    assert found is not None
    assert (found.login, found.expires) == ("anna", NOW + TICKET_SECONDS)


@pytest.mark.parametrize("later", [TICKET_SECONDS + 1, 3600])
def test_an_old_ticket_opens_nothing(later: int) -> None:
    assert verify(ticket(login="anna", key=KEY, now=NOW), key=KEY, now=NOW + later) is None


@pytest.mark.parametrize("forged", ["", "x", ".", "e30=.", "ąę.ąę", "e30=.00"])
def test_a_forged_ticket_opens_nothing(forged: str) -> None:
    assert verify(forged, key=KEY, now=NOW) is None


def test_a_ticket_signed_with_another_key_or_changed_afterwards_opens_nothing() -> None:
    good = ticket(login="anna", key=KEY, now=NOW)
    assert verify(ticket(login="anna", key="other", now=NOW), key=KEY, now=NOW) is None
    assert verify("A" + good[1:], key=KEY, now=NOW) is None
    assert verify(good, key="", now=NOW) is None
    assert verify(ticket(login="anna", key="", now=NOW), key="", now=NOW) is None


def test_without_a_ticket_there_is_one_sentence_and_the_way_to_the_staff_app() -> None:
    app = _opened(None)
    assert _is_locked(app)
    assert not app.metric
    assert not app.dataframe
    assert not app.sidebar.button_group


def test_a_ticket_lets_in_for_the_session_and_leaves_the_address() -> None:
    app = _opened(ticket(login="anna", key=KEY, now=time.time()))
    assert not _is_locked(app)
    assert "ticket" not in app.query_params
    assert not _is_locked(app.run())


def test_a_ticket_is_good_for_one_session_only() -> None:
    given = ticket(login="anna", key=KEY, now=time.time())
    assert not _is_locked(_opened(given))
    assert _is_locked(_opened(given))


def test_the_session_ends_after_some_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _opened(ticket(login="anna", key=KEY, now=time.time()))
    now = time.time()
    monkeypatch.setattr("dashboards.access.time.time", lambda: now + 5 * 3600)
    assert _is_locked(app.run())
