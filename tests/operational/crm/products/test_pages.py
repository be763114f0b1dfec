"""Products in the staff app: from a new product through four eyes to what may be sold, with every mistake."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import text

from operational.crm.products.sale import sellable
from operational.kernel import db
from tests.operational.crm.products.conftest import form

Clients = Callable[[str], FlaskClient]
RULE = {"rules-0-valid_from": "2026-08-01", "rules-0-tariff_groups": "G11, G12"}
HEAD = {"valid_from": "2026-08-01", "period_months": "12", "guarantee_months": "12"}


def price(at: int, group: str, zone: str, value: str, **days: str) -> dict[str, str]:
    """Return the fields of one price row."""
    row = {"tariff_group": group, "charge_code": "energy_active", "zone_code": zone, "price": value, **days}
    return {f"prices-{at}-{name}": cell for name, cell in row.items()}


def new_draft(client: FlaskClient, code: str, kind: str = "fix") -> str:
    """Create a product and return the address of its draft."""
    made = client.post(
        "/products/new", data=form(code=code, name=f"Produkt {code}", kind=kind, medium="electricity",
                                   valid_from="2026-08-01")
    )  # fmt: skip
    assert made.status_code == 303
    return str(made.headers["Location"]).removesuffix("/edit")


def row_version(database: str, address: str) -> int:
    """Return the row version of the version at an address."""
    with db.open_session("app", actor="test", database=database) as session:
        return int(
            session.execute(
                text(
                    "select row_version from operational.product_versions where public_id = cast(:id as uuid)"
                ),
                {"id": address.rsplit("/", 1)[1]},
            ).scalar_one()
        )


def save(
    client: FlaskClient, database: str, address: str, do: str = "save", **fields: str
) -> tuple[int, str]:
    """Send the editor's form; return status and page."""
    answer = client.post(
        f"{address}/edit", data=form(do=do, row_version=row_version(database, address), **HEAD | fields)
    )
    return answer.status_code, answer.get_data(as_text=True)


def test_a_product_goes_from_the_first_draft_to_the_shelf(book: str, client_of: Clients) -> None:
    author, approver = client_of("billing"), client_of("finance")
    address = new_draft(author, "EKO")
    prices = price(0, "G11", "all", "0,5620") | price(1, "G12", "day", "0,6010")

    status, page = save(author, book, address, "submit", **prices, **RULE)
    assert status == 422 and "G12" in page and 'value="0,5620"' in page, "the hole is told, the work is kept"
    complete = prices | price(2, "G12", "night", "0,4900")
    assert save(author, book, address, "submit", **complete, **RULE)[0] == 303

    version = row_version(book, address)
    own = author.post(f"{address}/decision", data=form(decision="approve", row_version=version))
    assert own.status_code == 422
    stale = approver.post(f"{address}/decision", data=form(decision="approve", row_version=version - 1))
    assert stale.status_code == 409
    done = approver.post(f"{address}/decision", data=form(decision="approve", row_version=version))
    assert done.status_code == 303
    late = save(author, book, address, **complete, **RULE)
    assert late[0] in {409, 422}, "an approved version is never changed"

    with db.open_session("app", actor="test", database=book) as session:
        asked = {"on": date(2026, 8, 15), "medium": "electricity", "segment": "household", "channel": "web"}
        offers = sellable(session, **asked, tariff_group="G12", annual_kwh=Decimal(3000))  # type: ignore[arg-type]
        found = next(offer for offer in offers if offer.product_code == "EKO")
        assert (found.price_list_code, found.period_months, found.floor_margin) == ("EKO-V1", 12, Decimal(5))
        before = sellable(
            session, **asked | {"on": date(2026, 7, 31)}, tariff_group="G12", annual_kwh=Decimal(3000)
        )  # type: ignore[arg-type]
        assert "EKO" not in {offer.product_code for offer in before}

    copied = author.post(f"{address}/copies", data=form(valid_from="2026-10-01"))
    copy = str(copied.headers["Location"]).removesuffix("/edit")
    raised = complete | price(0, "G11", "all", "0,6182")
    status, page = save(author, book, copy, "submit", **raised, **RULE | {"valid_from": "2026-10-01"})
    assert status == 422 and 'id="f-valid_from"' in page, "the days of version 1 are open"
    ended = approver.post(
        f"{address}/step",
        data=form(step="end", valid_to="2026-10-01", row_version=row_version(book, address)),
    )
    assert ended.status_code == 303
    assert save(author, book, copy, "submit", **raised, **RULE | {"valid_from": "2026-10-01"})[0] == 303
    shown = author.get(f"{copy}/difference?against={address.rsplit('/', 1)[1]}").get_data(as_text=True)
    assert re.search(r"\+10,00\s?%", shown)
    preview = author.get(f"{copy}/preview?group=G12&kwh=3000&against={address.rsplit('/', 1)[1]}")
    assert preview.status_code == 200 and "v1" in preview.get_data(as_text=True)


def test_each_mistake_stands_at_its_field_and_nothing_is_saved(book: str, client_of: Clients) -> None:
    author = client_of("billing")
    address = new_draft(author, "BLEDY")
    wrong = {
        "prices-0-zone_code": price(0, "G11", "day", "0,56"),
        "prices-0-price": price(0, "G11", "all", "pół złotego"),
        "prices-0-tariff_group": price(0, "G99", "all", "0,56"),
        "prices-1-valid_from": price(0, "G11", "all", "0,56") | price(1, "G11", "all", "0,57"),
        "rules-0-annual_kwh_to": RULE | {"rules-0-annual_kwh_from": "5000", "rules-0-annual_kwh_to": "1000"},
        "valid_to": {"valid_to": "2026-07-01"},
        "components-0-value": {"components-0-kind": "discount_percent", "components-0-code": "x",
                               "components-0-value": "5"},
    }  # fmt: skip
    for field, fields in wrong.items():
        status, page = save(author, book, address, **fields)
        assert status == 422, field
        assert f'id="e-{field}"' in page, field
    with db.open_session("app", actor="test", database=book) as session:
        kept = session.execute(
            text("select count(*) from operational.price_list_items i join operational.price_lists l"
                 " on l.id = i.price_list_id where l.code like 'BLEDY%'")
        ).scalar_one()  # fmt: skip
    assert kept == 0


def test_a_price_below_the_floor_needs_a_reason_and_a_person_with_the_permission(
    book: str, client_of: Clients
) -> None:
    author = client_of("finance")
    address = new_draft(author, "TANIO")
    cheap = price(0, "G11", "all", "0,40") | {"rules-0-valid_from": "2026-08-01"}
    assert save(author, book, address, "submit", **cheap)[0] == 422
    assert save(author, book, address, "submit", **cheap, below_floor_reason="targi")[0] == 303
    decision = {"decision": "approve", "row_version": row_version(book, address)}
    answers = [
        client_of(role).post(f"{address}/{step}", data=form(**decision)).status_code
        for role, step in (
            ("admin", "decision"), ("billing", "decision-below-floor"), ("admin", "decision-below-floor"),
        )
    ]  # fmt: skip
    assert answers == [422, 403, 303]


def test_a_promotion_is_given_only_after_another_person_approved_it(book: str, client_of: Clients) -> None:
    author = client_of("billing")
    given = {
        "code": "LATO-2026", "medium": "electricity", "kind": "discount_month", "name_pl": "Rabat letni",
        "name_en": "Summer discount", "value": "10", "months": "6", "needs_code": "1",
        "period_months_from": "12", "valid_from": "2026-07-01", "valid_to": "2026-09-01",
    }  # fmt: skip
    assert author.post("/products/promotions", data=form(**given | {"value": "-1"})).status_code == 422
    assert author.post("/products/promotions", data=form(**given)).status_code == 303
    assert author.post("/products/promotions", data=form(**given)).status_code == 422, "same code, same days"
    with db.open_session("app", actor="test", database=book) as session:
        public_id = session.execute(text("select public_id from operational.promotions")).scalar_one()
    approve = form(decision="approve", row_version=1)
    own = author.post(f"/products/promotions/{public_id}/decision", data=approve)
    assert own.status_code >= 400
    done = client_of("admin").post(f"/products/promotions/{public_id}/decision", data=form(**approve))
    assert done.status_code == 303


def test_every_page_opens_for_a_reader(client_of: Clients) -> None:
    reader = client_of("auditor")
    listed = reader.get("/products").get_data(as_text=True)
    assert all(name in listed for name in ("Prąd dla domu", "Gaz dla domu"))
    assert "Prąd dla domu" not in reader.get("/products?medium=gas").get_data(as_text=True)
    product = reader.get("/products/p/DOM").get_data(as_text=True)
    address = re.search(r"/products/versions/[0-9a-f-]{36}", product)
    assert address is not None
    assert "0,502" in reader.get(address.group()).get_data(as_text=True)
    assert reader.get(f"{address.group()}/edit").status_code == 403
    assert reader.get("/products/promotions").status_code == 200
