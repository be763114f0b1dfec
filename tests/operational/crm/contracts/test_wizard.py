"""The wizard through its forms: six steps, mistakes at their fields, stale and doubled forms, list and
page.
"""

import re
import uuid
from datetime import timedelta

from sqlalchemy import text

from operational.kernel import clock, db
from operational.kernel.identifiers import complete_supply_point_code
from tests.operational.crm.contracts.conftest import Clerk
from tests.operational.crm.contracts.test_signing import HOUSEHOLD

CODE = complete_supply_point_code("59032241400005555")
TERMS = {
    "kind": "comprehensive", "period": "fixed", "period_months": "12", "notice_months": "1",
    "continuation": "indefinite", "cycle_months": "1", "payment_term_days": "14",
    "invoicing_rule": "per_contract", "invoice_channel": "ebok",
}  # fmt: skip


def point_fields(**changes: str) -> dict[str, str]:
    """Return the form of the only new point."""
    start = clock.today() + timedelta(days=30)
    given = {
        "code": CODE, "dso_code": "tauron", "medium": "electricity", "start_kind": "switch",
        "street": "ul. Nowa",
        "wanted_start": start.isoformat(), "building": "1", "postal_code": "30-001", "city": "Kraków",
        "tariff_group": "G11", "annual_kwh": "2 400", "phases": "1",
    } | changes  # fmt: skip
    return {"points": "1", **{f"0.{name}": value for name, value in given.items()}}


def test_a_clerk_goes_through_six_steps_and_the_contract_stands_in_the_list(clerk: Clerk) -> None:
    draft = clerk.draft()
    wrong = clerk.fill(draft, "customer", mode="new", **{**HOUSEHOLD, "pesel": "44051401459"})
    assert wrong.status_code == 422
    assert 'aria-describedby="e-pesel"' in wrong.get_data(as_text=True)
    assert 'value="Ewa Nowicka"' in wrong.get_data(as_text=True)
    assert clerk.fill(draft, "customer", mode="new", **HOUSEHOLD).location.endswith("/points")

    pasted = clerk.fill(
        draft, "points", action="paste", codes=f"590 322 414 0000 5555 {CODE[-1]}\n{CODE}", points="0"
    )
    assert pasted.location.endswith("/points")
    page = clerk.client.get(pasted.location).get_data(as_text=True)
    assert page.count('name="0.code"') == 1
    assert "TAURON Dystrybucja" in page
    bad = clerk.fill(draft, "points", **point_fields(code=CODE[:-1] + str((int(CODE[-1]) + 1) % 10)))
    assert (bad.status_code, 'id="e-0.code"' in bad.get_data(as_text=True)) == (422, True)
    assert clerk.fill(draft, "points", **point_fields()).location.endswith("/product")

    assert f'value="{clerk.prices}:{clerk.version}"' in clerk.client.get(f"{draft}/product").get_data(
        as_text=True
    )
    assert clerk.fill(draft, "product", offer=f"{clerk.prices}:{clerk.version}").location.endswith("/terms")
    assert clerk.fill(draft, "terms", **{**TERMS, "payment_term_days": "200"}).status_code == 422
    assert clerk.fill(draft, "terms", **TERMS).location.endswith("/consents")
    assert clerk.fill(
        draft, "consents", signature_channel="distance", power_of_attorney="1", marketing_email="yes"
    ).location.endswith("/summary")

    sent = clerk.client.post(
        f"{draft}/send", data={"form_key": str(uuid.uuid4()), "row_version": version_of(clerk, draft)}
    )
    assert sent.status_code == 303
    key = {"form_key": str(uuid.uuid4()), "channel": "distance", "signed_on": clock.today().isoformat()}
    signed = [clerk.client.post(f"{draft}/sign", data=key) for _ in range(2)]
    assert [answer.status_code for answer in signed] == [303, 303]
    page = clerk.client.get(f"{draft}/contract", follow_redirects=True)
    words = page.get_data(as_text=True)
    assert (page.status_code, "U/" in words, "Oczekuje" in words or "Awaits" in words) == (200, True, True)
    listed = clerk.client.get("/contracts?status=awaiting&segment=household&dso=tauron").get_data(
        as_text=True
    )
    assert "Ewa Nowicka" in listed
    assert "Ewa Nowicka" not in clerk.client.get("/contracts?status=active").get_data(as_text=True)
    with db.open_session("app", actor="test", database=clerk.database) as session:
        assert (
            session.execute(
                text("select count(*) from operational.contract_signatures where state = 'signed'")
            ).scalar_one()
            == 1
        )
        assert session.execute(
            text("select granted from operational.consents where kind = 'marketing_email'")
        ).scalar_one()


def version_of(clerk: Clerk, draft: str) -> str:
    """Return the row version that the summary shows."""
    page = clerk.client.get(f"{draft}/summary").get_data(as_text=True)
    found = re.search(r'name="row_version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_a_stale_form_changes_nothing_and_a_draft_left_half_way_is_found_again(clerk: Clerk) -> None:
    draft = clerk.draft()
    stale = version_of(clerk, draft)
    kept = clerk.fill(draft, "customer", mode="new", action="keep", name="Jan N", pesel="440")
    assert kept.location.endswith("/contracts/drafts")
    assert "Jan N" in clerk.client.get("/contracts/drafts?mine=1").get_data(as_text=True)
    assert 'value="440"' in clerk.client.get(f"{draft}/customer").get_data(as_text=True)
    late = clerk.client.post(
        f"{draft}/customer",
        data={
            "row_version": stale,
            "form_key": str(uuid.uuid4()),
            "action": "keep",
            "mode": "new",
            "name": "Inny",
        },
    )
    words = late.get_data(as_text=True)
    assert late.status_code == 409
    assert 'value="Inny"' in words  # what was typed is still there
    assert "Jan N" in clerk.client.get("/contracts/drafts").get_data(as_text=True)


def test_a_point_under_contract_names_the_contract(clerk: Clerk) -> None:
    with db.open_session("app", actor="test", database=clerk.database) as session:
        taken, number = session.execute(
            text(
                "select p.code, c.number from operational.contract_supply_points k"
                " join operational.supply_points p on p.id = k.supply_point_id"
                " join operational.contracts c on c.id = k.contract_id where k.superseded_at is null limit 1"
            )
        ).one()
    draft = clerk.draft()
    clerk.fill(draft, "customer", mode="new", **HOUSEHOLD)
    clerk.fill(draft, "points", action="paste", codes=taken, points="0")
    page = clerk.client.get(f"{draft}/points").get_data(as_text=True)
    assert number in page
    fields = {
        name: re.search(rf'name="0\.{name}" value="([^"]*)"', page) for name in ("supply_point_id", "medium")
    }
    sent = {f"0.{name}": found.group(1) for name, found in fields.items() if found}
    refused = clerk.fill(
        draft,
        "points",
        points="1",
        **{"0.code": taken, "0.start_kind": "takeover", "0.wanted_start": "2030-01-01"},
        **sent,
    )
    assert refused.status_code == 422
    assert number in refused.get_data(as_text=True)
