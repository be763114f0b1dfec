"""The staff app leads to the dashboards with a ticket, and only those who may see them."""

from html import escape
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from dashboards.access import verify
from operational.kernel import clock, state, tickets
from operational.kernel.settings import get_settings
from tests.operational.app.conftest import Desk


def _target(answer: TestResponse) -> SplitResult:
    """Return where the page leads the browser."""
    seconds, _, address = answer.headers["Refresh"].partition("; url=")
    assert seconds == "0"
    assert f'href="{escape(address)}"' in answer.get_data(as_text=True)
    return urlsplit(address)


@pytest.mark.parametrize("role", ["billing", "finance", "auditor", "admin"])
def test_the_menu_leads_to_the_dashboards_with_a_ticket_they_accept(desk: Desk, role: str) -> None:
    answer = desk.client(role).get("/e-bi")
    target = _target(answer)
    query = parse_qs(target.query)
    found = verify(query["ticket"][0], key=state.derived_key("dashboards"), now=clock.now().timestamp())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert target.port == get_settings().dashboards_port
    assert found is not None
    assert found.login == role
    assert query["lang"] == ["pl"]


def test_a_report_that_was_asked_for_is_opened_with_its_filters(desk: Desk) -> None:
    target = _target(desk.client("finance").get("/e-bi?page=receivables&segment=business&lang=en"))
    query = parse_qs(target.query)
    assert target.path == "/receivables"
    assert (query["segment"], query["lang"]) == (["business"], ["en"])


@pytest.mark.parametrize("page", ["//evil.example", "../x", "a b", "receivables?x=1", "A", "x" * 31])
def test_the_address_asked_for_cannot_lead_anywhere_else(desk: Desk, page: str) -> None:
    answer = desk.client("finance").get("/e-bi", query_string={"page": page, "segment": "\r\nx: y", "x": "1"})
    target = _target(answer)
    assert (target.path, target.hostname) == ("/", "localhost")
    assert set(parse_qs(target.query)) == {"lang", "ticket"}


def test_whoever_is_not_logged_in_is_led_to_the_log_in_and_gets_no_ticket(desk: Desk) -> None:
    answer = desk.client().get("/e-bi")
    assert answer.status_code in {302, 303}
    assert "ticket" not in answer.headers["Location"]


def test_a_clerk_may_not_open_the_dashboards_and_does_not_see_them_in_the_menu(desk: Desk) -> None:
    client = desk.client("clerk")
    assert client.get("/e-bi").status_code == 403
    assert "/e-bi" not in client.get("/").get_data(as_text=True)


def test_the_key_of_tickets_is_not_the_key_of_sessions() -> None:
    assert state.derived_key("dashboards") not in {state.secret_key(), state.derived_key("other")}


@pytest.mark.parametrize("role", ["billing", "admin"])
def test_the_menu_leads_to_dagster_with_a_ticket_of_its_own(desk: Desk, role: str) -> None:
    target = _target(desk.client(role).get("/orchestration"))
    ticket = parse_qs(target.query)["ticket"][0]
    now = clock.now().timestamp()
    assert target.port == get_settings().dagster_port
    assert tickets.verified(ticket, key=state.derived_key("dagster"), now=now) is not None
    assert tickets.verified(ticket, key=state.derived_key("dashboards"), now=now) is None


@pytest.mark.parametrize("role", ["clerk", "finance", "auditor"])
def test_who_may_not_run_jobs_is_not_told_the_way_to_dagster(desk: Desk, role: str) -> None:
    assert desk.client(role).get("/orchestration").status_code == 403
