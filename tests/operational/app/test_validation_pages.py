"""Pages of validation, reported readings, exchange, holds and the run monitor."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from operational.kernel import clock, db
from tests.operational.app.conftest import Desk

Page = Callable[[TestResponse], str]
Field = Callable[[str, str], str]


def _ask(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    with db.open_session("app", actor="test", database=desk.database) as session:
        return [tuple(row) for row in session.execute(text(sql))]


@pytest.mark.parametrize(
    "path",
    [
        "/metering/validation",
        "/billing/cycles",
        "/billing/holds",
        "/billing/exceptions",
        "/billing/assurance",
    ],
)
def test_each_page_opens_in_both_languages(desk: Desk, page: Page, path: str) -> None:
    client = desk.client("billing")
    client.post("/preferences", data={"language": "pl", "next": path})
    polish = page(client.get(path))
    client.post("/preferences", data={"language": "en", "next": path})
    english = page(client.get(path))
    assert polish != english


def test_the_dry_run_without_proposals_says_what_to_do(desk: Desk) -> None:
    answer = desk.client("auditor").get("/billing/dry-run")
    assert (answer.status_code, "Nic jeszcze nie obliczono" in answer.get_data(as_text=True)) == (422, True)


def test_a_clerk_enters_readings_and_an_unlikely_one_is_asked_about(
    own_desk: Desk, page: Page, form_field: Field
) -> None:
    path = f"/supply-points/{own_desk.office.ids['point']}/reading"
    client = own_desk.client("clerk")
    html = page(client.get(path))
    [(register, last)] = _ask(
        own_desk,
        "select r.register_id, max(r.value) from operational.readings r join operational.registers g"
        " on g.id = r.register_id where g.zone_code = 'day' and r.superseded_at is null group by 1",
    )
    assert isinstance(last, Decimal)

    def send(value: Decimal, **more: str) -> TestResponse:
        form = {"form_key": form_field(page(client.get(path)), "form_key"), "day": clock.today().isoformat()}
        return client.post(path, data={**form, f"value-{register}": str(value), **more})

    assert f'name="value-{register}"' in html
    assert send(last - 1).status_code == 422
    asked = send(last + 90000)
    assert 'name="confirmed"' in page(asked)
    assert _ask(own_desk, "select count(*) from operational.customer_readings") == [(0,)]
    assert send(last + 90000, confirmed="1").status_code in (302, 303)
    assert _ask(own_desk, "select kind, value from operational.readings order by id desc limit 1") == [
        ("customer", last + 90000)
    ]
    assert ("customer_above_forecast",) in _ask(
        own_desk, "select code from operational.billing_exceptions where rule_code = 'V9'"
    )
    assert own_desk.client("finance").get(path).status_code == 403


def test_an_exchange_keeps_the_last_and_the_first_value_of_each_zone(
    own_desk: Desk, page: Page, form_field: Field
) -> None:
    path = f"/supply-points/{own_desk.office.ids['point']}/exchange"
    client = own_desk.client("clerk")
    key = form_field(page(client.get(path)), "form_key")
    first_day = clock.today()
    form = {
        "form_key": key,
        "first_day": first_day.isoformat(),
        "serial": "NEW-1",
        "digits": "5",
        "multiplier": "1",
    }
    for register, value in _ask(
        own_desk, "select register_id, max(value) from operational.readings group by 1"
    ):
        assert isinstance(value, Decimal)
        form |= {f"final-{register}": str(value + 50), f"initial-{register}": "7"}
    assert client.post(path, data=form).status_code in (302, 303)
    rows = _ask(
        own_desk,
        "select reason, reading_date, count(*), sum(value) filter (where reason = 'installation') from"
        " operational.readings where reason in ('removal', 'installation') group by 1, 2 order by 1",
    )
    yesterday: date = first_day - timedelta(days=1)
    zones = rows[0][2]
    assert rows == [
        ("installation", yesterday, zones, Decimal(7) * int(str(zones))),
        ("removal", yesterday, zones, None),
    ]
    assert (
        _ask(own_desk, "select code from operational.billing_exceptions where rule_code in ('V2', 'V3')")
        == []
    )


def test_a_hold_names_its_customer_and_a_wrong_number_is_refused(
    own_desk: Desk, page: Page, form_field: Field
) -> None:
    client = own_desk.client("billing")

    def send(number: str) -> TestResponse:
        key = form_field(page(client.get("/billing/holds")), "form_key")
        return client.post("/billing/holds", data={"form_key": key, "number": number, "reason": "Complaint"})

    assert send("nobody").status_code == 422
    assert send("20418").status_code in (302, 303)
    assert "Complaint" in page(client.get("/billing/holds"))
