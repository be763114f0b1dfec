"""The sales pages: from a lead over an offer to the draft of a contract, a campaign, renewals; roles;
mistakes.
"""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.app.factory import create_app
from operational.crm.customers.consents import give
from operational.kernel import db, settings
from tests.factories.shop import TODAY, Shop, open_shop
from tests.factories.staff import PASSWORD, create_users


@pytest.fixture
def shop(database: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Open the shop on the second of March, with users of every role."""
    monkeypatch.setenv("IRIS_TODAY", TODAY.isoformat())
    settings.reset_settings()
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        made = open_shop(session)
        give(
            session, customer_id=made.customer.id, kind="marketing_phone", channel="office", granted=True,
            given_on=TODAY, source="test",
        )  # fmt: skip
    yield made
    monkeypatch.undo()
    settings.reset_settings()


def client(database: str, role: str) -> FlaskClient:
    """Return a browser without a screen, logged in with a role."""
    made = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    assert made.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
    return made


def form(**fields: object) -> dict[str, object]:
    """Return the fields of a form with a key of its own."""
    return {"form_key": str(uuid.uuid4()), **fields}


def version(page: str) -> str:
    """Return the row version that a page carries."""
    found = re.search(r'name="row_version" value="(\d+)"', page)
    assert found
    return found.group(1)


LEAD = {
    "kind": "household", "name": "Ewa Światło", "phone": "601 777 888", "email": "ewa@example.pl",
    "medium": "electricity", "source": "fair", "owner_login": "sales", "annual_kwh": "3 000",
    "dso_code": "tauron", "tariff_group": "G11", "may_contact": ["phone"],
}  # fmt: skip
ADDRESS = {
    "invoice_channel": "email", "street": "Polna", "building": "1", "postal_code": "00-950",
    "city": "Warszawa",
}  # fmt: skip


def test_a_lead_becomes_an_offer_and_the_offer_a_draft_in_the_browser(database: str, shop: Shop) -> None:
    seller, boss = client(database, "sales"), client(database, "admin")
    wrong = seller.post("/sales/leads/new", data=form(**{**LEAD, "phone": "12", "name": ""}))
    assert (
        wrong.status_code == 422 and 'value="ewa@example.pl"' in wrong.text and 'id="e-phone"' in wrong.text
    )
    key = form(**LEAD)
    first, again = (seller.post("/sales/leads/new", data=key) for _click in range(2))
    assert first.status_code == 303 and first.headers["Location"] == again.headers["Location"]
    same = seller.post("/sales/leads/new", data=form(**{**LEAD, "email": "", "name": "Ewa Swiatlo"}))
    assert same.status_code == 422 and "not_same" in same.text
    lead = first.headers["Location"]
    page = seller.get(lead).text
    lead_id = lead.rsplit("/", 1)[1]

    opened = seller.post(
        "/sales/offers/new",
        data=form(
            lead=lead_id, medium="electricity", segment="household", dso_code="tauron", tariff_group="G11",
            phases="1",
            contracted_power_kw="12", annual_kwh="3 000", starts_on="2026-05-01",
        ),
    )  # fmt: skip
    offer = opened.headers["Location"]
    for position, product in ((1, shop.standard), (2, shop.cheap), (3, shop.standard)):
        shown = seller.get(offer).text
        assert seller.post(
            f"{offer}/variant", data=form(position=position, price_list_id=product,
            row_version=version(shown))
        ).status_code == 303  # fmt: skip
    shown = seller.get(offer).text
    stale = seller.post(f"{offer}/variant", data=form(position=3, price_list_id=0, row_version=1))
    assert stale.status_code in (409, 422)
    assert f'action="{offer}/approve"' not in shown and f'action="{offer}/finish"' not in shown
    assert f'action="{offer}/approve"' in boss.get(offer).text
    own = seller.post(f"{offer}/approve", data=form(row_version=version(shown)))
    done = boss.post(f"{offer}/approve", data=form(row_version=version(shown)))
    assert (own.status_code, done.status_code) == (422, 303)
    assert (
        seller.post(f"{offer}/finish", data=form(row_version=version(seller.get(offer).text))).status_code
        == 303
    )

    page = seller.get(f"{lead}/convert").text
    bad = seller.post(f"{lead}/convert", data=form(**LEAD, row_version=version(page)))
    assert bad.status_code == 422 and "Ewa Światło" in bad.text
    assert seller.post(
        f"{lead}/convert", data=form(**LEAD, **ADDRESS, row_version=version(page))
    ).status_code == 303  # fmt: skip
    page = seller.get(offer).text
    assert seller.post(f"{offer}/send", data=form(way="email", row_version=version(page))).status_code == 303
    page = seller.get(offer).text
    variant = re.search(r'name="variant_id" value="(\d+)"', page)
    assert variant
    accepted = seller.post(
        f"{offer}/accept", data=form(variant_id=variant.group(1), row_version=version(page))
    )
    assert accepted.headers["Location"].startswith("/contracts/drafts/")
    with db.open_session("app", actor="test", database=database) as session:
        row = session.execute(
            text("""select l.stage, o.status, m.status as message, v.seller_net from operational.offers o
                      join operational.leads l on l.id = o.lead_id join operational.messages m on m.id =
                      o.message_id
                      join operational.offer_variants v on v.id = o.accepted_variant_id""")
        ).one()
    # 3 000 kWh at 0.75 and twelve trade fees of 9.90
    assert (row.stage, row.status, row.message, str(row.seller_net)) == (
        "won",
        "accepted",
        "waiting",
        "2368.80",
    )


def test_a_campaign_is_built_counted_started_and_worked_through(database: str, shop: Shop) -> None:
    seller, clerk, finance = (client(database, role) for role in ("sales", "clerk", "finance"))
    given = {
        "code": "WIOSNA-26", "name": "Wiosna", "audience": "customers", "channel": "phone",
        "script": "Dzień dobry",
        "budget": "1 000,00", "owner_login": "sales", "starts_on": "2026-03-01", "ends_on": "2026-03-31",
        "share_b_pct": "0", "field-0": "medium", "op-0": "is", "value-0": "electricity",
    }  # fmt: skip
    counted = seller.get("/sales/campaigns/count", query_string=given).text
    assert re.search(r"<dd class=\"strong\">1</dd>", counted)
    assert "late" in seller.get("/sales/campaigns/count", query_string={**given, "op-0": "at_least"}).text
    assert clerk.post("/sales/campaigns/new", data=form(**given)).status_code == 403
    wrong = seller.post("/sales/campaigns/new", data=form(**{**given, "ends_on": "2026-02-01"}))
    assert wrong.status_code == 422 and 'value="1 000,00"' in wrong.text
    campaign = seller.post("/sales/campaigns/new", data=form(**given)).headers["Location"]
    page = seller.get(campaign).text
    assert seller.post(f"{campaign}/start", data=form(row_version=version(page))).status_code == 303
    page = seller.get(campaign).text
    member = re.search(r'action="(/sales/members/[^"]+)"', page)
    assert member
    contact = form(outcome="interested", note="chce ofertę", campaign=campaign.rsplit("/", 1)[1])
    leads = {clerk.post(member.group(1), data=contact).headers["Location"] for _click in range(2)}
    assert len(leads) == 1 and leads.pop().startswith("/sales/leads/")
    assert seller.post(f"{campaign}/costs", data=form(amount="120,50", note="Telefony")).status_code == 303
    assert "120,50" in seller.get(campaign).text
    assert finance.get(campaign).status_code == 200 and finance.get("/sales/leads").status_code == 200


def test_renewals_are_previewed_made_and_sent_in_one_go(database: str, shop: Shop) -> None:
    seller = client(database, "sales")
    rule = {
        "ends_from": "2026-03-01", "ends_to": "2026-04-30", "medium": "electricity", "segment": "",
        "price_list_id": str(shop.standard), "promotions": "",
    }  # fmt: skip
    wrong = seller.get("/sales/renewals/preview", query_string={**rule, "price_list_id": ""})
    assert wrong.status_code == 422 and 'id="e-price_list_id"' in wrong.text
    assert "U/1" in seller.get("/sales/renewals/preview", query_string=rule).text
    batch = seller.post("/sales/renewals", data=form(**rule, name="Wiosna")).headers["Location"]
    page = seller.get(batch).text
    for _click in range(2):
        assert seller.post(f"{batch}/send", data=form(row_version=version(page))).status_code == 303
    with db.open_session("app", actor="test", database=database) as session:
        assert session.scalar(text("select count(*) from operational.messages")) == 1
    for address in ("/sales/leads?view=list", "/sales/offers", "/sales/campaigns", "/sales/renewals"):
        assert seller.get(address).status_code == 200


def test_the_lists_of_selling_give_exactly_what_their_filter_shows(database: str, shop: Shop) -> None:
    seller = client(database, "sales")
    for name, source in (("=Ewa Światło", "fair"), ("Jan Mak", "web")):
        given = {**LEAD, "name": name, "source": source, "phone": "", "email": f"{source}@example.pl"}
        assert seller.post("/sales/leads/new", data=form(**given, not_same="1")).status_code == 303
    shown = seller.get("/sales/leads?view=list&source=fair&export=csv")
    lines = shown.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith("'=Ewa Światło;")  # no spreadsheet runs it
    for address in ("/sales/leads?stage=new", "/sales/offers?status=draft", "/sales/campaigns?status=draft"):
        assert "saved" in seller.get(address).text or "views" in seller.get(address).text
        sheet = seller.get(f"{address}&export=xlsx")
        assert sheet.status_code == 200 and sheet.get_data()[:2] == b"PK"
