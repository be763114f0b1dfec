"""Pages of market products: prices with their holes, the price of a month, discounts of a customer."""

import io
import uuid
from collections.abc import Callable

from sqlalchemy import text
from werkzeug.test import TestResponse

from operational.kernel import db
from tests.operational.app.conftest import Desk

Page = Callable[[TestResponse], str]
_CSV = b"index_code;starts_at;price\nRDN;2026-07-01T00:00Z;100\nRDN;2026-07-01T02:00Z;-7,5\n"


def _key() -> dict[str, str]:
    return {"form_key": str(uuid.uuid4())}


def test_prices_come_by_file_and_their_hole_is_shown(own_desk: Desk, page: Page) -> None:
    client = own_desk.client("billing")
    wrong = client.post(
        "/billing/market/prices",
        data={
            "file": (io.BytesIO(b"index_code;starts_at;price\nRDN;2026-07-01T00:00;1\n"), "a.csv"),
            **_key(),
        },
    )
    assert wrong.status_code == 422
    answer = client.post("/billing/market/prices", data={"file": (io.BytesIO(_CSV), "a.csv"), **_key()})
    assert answer.status_code == 303
    html = page(client.get("/billing/market?index=RDN&month=2026-07-01"))
    assert "1 lip 2026, 03:00" in html.replace("\u00a0", " ")
    assert "−7,50" in html


def test_the_price_of_a_month_is_kept_with_its_source(own_desk: Desk, page: Page) -> None:
    client = own_desk.client("billing")
    given = {"month": "2026-05", "price": "212,34", "source": "PSE 11.06.2026"}
    assert client.post("/billing/market/month", data={**given, **_key()}).status_code == 303
    html = page(client.get("/billing/market"))
    assert "212,34" in html
    assert "PSE 11.06.2026" in html
    assert own_desk.client("clerk").post("/billing/market/month", data=given).status_code == 403


def test_a_discount_is_given_to_a_contract_of_the_customer_only(own_desk: Desk, page: Page) -> None:
    client, public_id = own_desk.client("billing"), own_desk.office.ids["customer"]
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        number = session.execute(
            text(
                "select k.number from operational.contracts k"
                " join operational.customers c on c.id = k.customer_id"
                " where c.public_id = :id order by k.id limit 1"
            ),
            {"id": public_id},
        ).scalar_one()
    given = {
        "kind": "discount_percent", "code": "loyalty", "name": "Upust lojalnościowy", "value": "0,05",
        "valid_from": "2026-08-01",
    }  # fmt: skip
    address = f"/customers/{public_id}/market"
    assert client.post(address, data={**given, "contract": "nobody's", **_key()}).status_code == 422
    assert client.post(address, data={**given, "contract": number, **_key()}).status_code == 303
    html = page(client.get(address))
    assert "Upust lojalnościowy" in html
    assert "5,0%" in html
    twice = client.post(address, data={**given, "contract": number, **_key()})
    assert twice.status_code == 422


def test_a_point_becomes_a_prosumers_and_a_price_list_follows_an_index(own_desk: Desk, page: Page) -> None:
    client, public_id = own_desk.client("billing"), own_desk.office.ids["customer"]
    address = f"/customers/{public_id}/market"
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        point, price_list = session.execute(
            text(
                "select min(p.code), (select l.code from operational.price_lists l"
                " join operational.products r on r.id = l.product_id where r.medium = 'electricity' limit 1)"
                " from operational.supply_points p"
                " join operational.contract_supply_points k on k.supply_point_id = p.id"
                " join operational.contracts c on c.id = k.contract_id"
                " join operational.customers u on u.id = c.customer_id"
                " where u.public_id = :id and p.medium = 'electricity'"
            ),
            {"id": public_id},
        ).one()
    prosumer = {
        "point": point,
        "scheme": "net_billing_rce",
        "installed_kw": "9,9",
        "valid_from": "2026-01-01",
    }
    assert client.post(f"{address}/prosumer", data={**prosumer, **_key()}).status_code == 303
    assert client.post(f"{address}/prosumer", data={**prosumer, **_key()}).status_code == 422
    declared = {"point": point, "category": "disabled", "valid_from": "2026-01-15"}
    assert client.post(f"{address}/declaration", data={**declared, **_key()}).status_code == 422
    declared["valid_from"] = "2026-01-01"
    assert client.post(f"{address}/declaration", data={**declared, **_key()}).status_code == 303
    assert "9,9" in page(client.get(address))
    formula = {
        "price_list": price_list, "index": "RDN", "margin": "0,0892", "multiplier": "", "floor": "0",
        "cap": "", "valid_from": "2026-01-01", "source": "Price list par. 3",
    }  # fmt: skip
    assert client.post("/billing/market/formula", data={**formula, **_key()}).status_code == 303
    formula["valid_from"] = "2026-06-01"
    assert client.post("/billing/market/formula", data={**formula, **_key()}).status_code == 303
    assert page(client.get("/billing/market")).count("0,0892") == 2
