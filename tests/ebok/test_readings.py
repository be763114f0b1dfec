"""A customer reports a reading: checked at once, taken later, and never at a point of somebody else."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import text

from operational.kernel import db
from operational.metering import operations as metering
from tests.ebok.conftest import Household, World, csrf_token

Opens = Callable[[Household], FlaskClient]
AS_OF = datetime(2026, 7, 16, 6, 0, tzinfo=UTC)


def _rows(world: World, sql: str, **given: object) -> list[tuple[object, ...]]:
    with db.open_session("app", actor="test", database=world.database) as session:
        return [tuple(row) for row in session.execute(text(sql), given)]


def _gas(world: World, household: int) -> tuple[str, int, Decimal]:
    """Return code, register and last value of the gas point of a customer."""
    [row] = _rows(
        world,
        "select p.code, r.register_id, max(r.value) from operational.readings r"
        " join operational.supply_points p on p.id = r.supply_point_id"
        " join operational.contract_supply_points k on k.supply_point_id = p.id"
        " join operational.contracts n on n.id = k.contract_id"
        " where n.customer_id = :customer and p.medium = 'gas' and r.superseded_at is null group by 1, 2",
        customer=household,
    )
    code, register, value = row
    assert isinstance(value, Decimal)
    return str(code), int(str(register)), value


def _send(browser: FlaskClient, form: dict[str, str]) -> tuple[int, str]:
    """Send the form of the page as a browser does."""
    token = csrf_token(browser.get("/readings"))
    answer = browser.post("/readings", data={**form, "csrf_token": token})
    return answer.status_code, answer.get_data(as_text=True)


def test_a_plausible_reading_is_kept_and_becomes_a_reading_of_the_customer(
    world: World, browser_of: Opens
) -> None:
    browser = browser_of(world.a)
    code, register, last = _gas(world, world.a.customer.id)
    assert str(code) in browser.get("/readings").get_data(as_text=True)
    form = {"point": code, "day": "2026-07-14", f"value-{register}": str(last + 40)}
    assert _send(browser, form)[0] == 303
    assert "czeka na sprawdzenie" in browser.get("/readings").get_data(as_text=True)
    with db.open_session("app", actor="job:take", database=world.database) as session:
        result = metering.take_reports(session, as_of=AS_OF)
        again = metering.take_reports(session, as_of=AS_OF)
    assert (result.taken, result.not_taken, again.taken) == (1, 0, 0)
    assert _rows(
        world, "select reading_date, value, kind from operational.readings order by id desc limit 1"
    ) == [(date(2026, 7, 14), last + 40, "customer")]
    assert "przyjęty" in browser.get("/readings").get_data(as_text=True)


def test_a_value_below_the_last_is_refused_and_an_unlikely_one_must_be_confirmed(
    world: World, browser_of: Opens
) -> None:
    browser = browser_of(world.a)
    code, register, last = _gas(world, world.a.customer.id)

    def send(value: object, **more: str) -> tuple[int, str]:
        form = {"point": code, "day": "2026-07-14", f"value-{register}": str(value), **more}
        return _send(browser, form)

    for value, words in ((last - 1, "niższa od ostatniego"), ("abc", "To nie jest liczba"), ("", "Wypełnij")):
        status, html = send(value)
        assert (status, words in html) == (422, True)
    status, html = send(last + 5000)
    assert (status, 'name="confirmed"' in html) == (422, True)
    assert _rows(world, "select count(*) from operational.customer_readings") == [(0,)]
    assert send(last + 5000, confirmed="1")[0] == 303
    future = {"point": code, "day": "2027-01-01", f"value-{register}": "1"}
    assert _send(browser, future)[0] == 422


def test_nobody_reports_at_a_point_of_somebody_else(world: World, browser_of: Opens) -> None:
    code, register, last = _gas(world, world.b.customer.id)
    form = {"point": code, "day": "2026-07-14", f"value-{register}": str(last + 40)}
    assert _send(browser_of(world.a), form)[0] == 404
    assert _rows(world, "select count(*) from operational.customer_readings") == [(0,)]
