"""The staff app leads to the dashboards with a ticket, and only those who may see them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.access import verify
from operational.kernel import clock, state
from operational.kernel.settings import get_settings
from tests.operational.app.conftest import Desk


@pytest.mark.parametrize("role", ["billing", "finance", "auditor", "admin"])
def test_the_menu_leads_to_the_dashboards_with_a_ticket_they_accept(desk: Desk, role: str) -> None:
    answer = desk.client(role).get("/e-bi")
    target = urlsplit(answer.headers["Location"])
    query = parse_qs(target.query)
    found = verify(query["ticket"][0], key=state.derived_key("dashboards"), now=clock.now().timestamp())
    assert answer.status_code == 303
    assert target.port == get_settings().dashboards_port
    assert found is not None
    assert found.login == role
    assert query["lang"] == ["pl"]


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
