"""A clerk chooses a collective correction for a run, issues it and looks at it; finance closes a month."""

import re
import uuid
from collections.abc import Callable
from datetime import date

from operational.app.factory import create_app
from operational.kernel import db
from tests.factories.billing_desk import Desk
from tests.factories.billing_market import Market
from tests.factories.staff import PASSWORD, create_users


def _key() -> dict[str, str]:
    return {"form_key": str(uuid.uuid4())}


def test_clerk_chooses_issues_and_proves_a_collective_correction(
    desk: Desk, build: Callable[..., Market]
) -> None:
    market = build(customers=1, months=2)
    desk.bill(months=2)
    market.change(
        "update proposals.prop_document_lines set price = price - 0.04,"
        " net_amount = round(quantity * (price - 0.04), 2) where charge_code = 'energy_active'",
        computation="computation-2",
    )
    run = desk.make(months=2, computation="computation-2", issue_date=date(2026, 3, 20))
    with db.open_session("app", actor="test", database=desk.database) as session:
        create_users(session)
    app = create_app(database=desk.database, config={"WTF_CSRF_ENABLED": False})
    client = app.test_client()
    client.post("/login", data={"login": "billing", "password": PASSWORD})
    [row] = desk.ask(
        "select public_id::text, row_version from operational.billing_runs where id = :id", id=run.run_id
    )
    address = f"/billing/runs/{row.public_id}"
    assert 'name="correction_reason"' in client.get(address).get_data(as_text=True)
    chosen = {"form": "collective", "row_version": row.row_version}
    refused = client.post(f"{address}/corrections", data={**chosen, "correction_reason": "", **_key()})
    assert refused.status_code == 422
    kept = client.post(
        f"{address}/corrections", data={**chosen, "correction_reason": "Błędny cennik", **_key()}
    )
    assert kept.status_code == 303
    stale = client.post(f"{address}/corrections", data={**chosen, "correction_reason": "Inny", **_key()})
    assert stale.status_code == 409
    desk.approve(run.run_id)
    desk.issue(run.run_id)
    found = re.search(
        r'href="(/collective/[0-9a-f-]{36})"', client.get("/billing/collective").get_data(as_text=True)
    )
    assert found
    page = client.get(found.group(1)).get_data(as_text=True)
    assert "FKZ/2026/03/000001/02" in page and "Błędny cennik" in page
    assert client.get(f"{found.group(1)}.pdf").data[:5] == b"%PDF-"
    assert client.get(f"{found.group(1)}/proof").data[:2] == b"PK"
    rule = {"customer_kind": "any", "min_invoices": "1", "valid_from": "2026-05-01", "source": "Zarząd"}
    assert client.post("/billing/collective", data={**rule, **_key()}).status_code == 422
    assert client.post("/billing/collective", data={**rule, "min_invoices": "5", **_key()}).status_code == 303
    month = {"month": "2026-02", "action": "close", "reason": "gotowe"}
    assert client.post("/ledger/months", data={**month, **_key()}).status_code == 403
    finance = app.test_client()
    finance.post("/login", data={"login": "finance", "password": PASSWORD})
    assert finance.post("/ledger/months", data={**month, **_key()}).status_code == 303
    assert "gotowe" in finance.get("/ledger/months").get_data(as_text=True)
