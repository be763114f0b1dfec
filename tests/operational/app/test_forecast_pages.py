"""Pages of billing by forecast: terms are set by date, wrong ones are refused at the form."""

import uuid
from collections.abc import Callable

from sqlalchemy import text
from werkzeug.test import TestResponse

from operational.kernel import db
from tests.operational.app.conftest import Desk

Page = Callable[[TestResponse], str]


def test_a_contract_is_set_to_forecast_and_its_cycle_is_planned(own_desk: Desk, page: Page) -> None:
    client = own_desk.client("billing")
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        contract = session.execute(
            text("select k.public_id::text as id, k.number, t.valid_from from operational.contracts k"
                 " join operational.contract_terms t on t.contract_id = k.id order by k.id limit 1")
        ).one()  # fmt: skip
        session.execute(
            text("update operational.contract_terms set superseded_at = now() where contract_id in"
                 " (select id from operational.contracts where number = :number)"),
            {"number": contract.number},
        )  # fmt: skip
        session.execute(
            text("insert into operational.contract_terms (contract_id, price_list_id, cycle_months,"
                 " cycle_anchor, valid_from) select contract_id, price_list_id, 6, '2026-01-01', valid_from"
                 " from operational.contract_terms where contract_id ="
                 " (select id from operational.contracts where number = :number) limit 1"),
            {"number": contract.number},
        )  # fmt: skip
    address = f"/billing/forecasts/{contract.id}"
    given = {"method": "declared", "block_months": "6", "instalment_months": "2", "due_days": "14",
             "price_change": "at_settlement", "valid_from": contract.valid_from.isoformat(),
             "terms_id": "0", "annual_kwh": ""}  # fmt: skip

    def send(**changed: str) -> TestResponse:
        return client.post(address, data={**given, **changed, "form_key": str(uuid.uuid4())})

    refused = send(instalment_months="4")
    assert refused.status_code == 422
    assert 'value="4" selected' in refused.get_data(as_text=True)
    assert send(method="agreed").status_code == 422
    assert send().status_code == 303
    assert send().status_code == 422  # the terms were changed meanwhile
    assert contract.number in page(client.get("/billing/forecasts"))
    assert "deklarowane zużycie roczne" in page(client.get(address))
    assert own_desk.client("auditor").post(address, data=given).status_code == 403
