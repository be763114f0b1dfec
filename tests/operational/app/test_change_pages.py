"""Changes of contracts from the contract's page: amendment, termination with its debit note, assignment,
indexation by two people, the board - through the forms, with mistakes at their fields."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.kernel import clock, db
from operational.kernel.calendar import add_months, first_of_month
from tests.factories import supply
from tests.operational.app.conftest import Desk


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 3, 20))


def _send(client: FlaskClient, url: str, **data: Any) -> Any:
    return client.post(url, data={"form_key": str(uuid.uuid4()), **data})


def _version(html: str) -> str:
    found = re.search(r'name="row_version" value="(\d+)"', html)
    assert found
    return found.group(1)


def _read(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-600:]
    return answer.get_data(as_text=True)


def _location(answer: Any) -> str:
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))[-1500:]
    return str(answer.headers["Location"])


def _ask(desk: Desk, sql: str) -> Any:
    with db.open_session("app", actor="test", database=desk.database) as session:
        return session.execute(text(sql)).scalar()


def test_an_amendment_goes_from_the_form_to_the_signature(own_desk: Desk) -> None:
    contract = own_desk.office.ids["contract"]
    client, form = own_desk.client("clerk"), f"/contracts/{contract}/amendments/new"
    assert "Aneks" in _read(client, f"/contracts/{contract}/changes")
    given = {"effective_on": "2026-06-02", "payment_term_days": "14", "cycle_months": "2"}
    wrong = _send(client, form, **given, step="preview")
    assert wrong.status_code == 200
    html = wrong.get_data(as_text=True)
    assert 'id="e-cycle_months"' in html
    assert 'value="2026-06-02"' in html  # what was typed is kept

    given = {"effective_on": "2026-02-01", "payment_term_days": "21", "step": "preview"}
    shown = _send(client, form, **given).get_data(as_text=True)
    assert "korekt" in shown or "skorygowane" in shown
    assert "21" in shown
    page = _location(_send(client, form, **given | {"step": "save"}))
    html = _read(client, page)
    _location(_send(client, f"{page}/paper", row_version=_version(html)))
    html = _read(client, page)
    stale = _send(client, f"{page}/sign", row_version="1", signed_on="2026-03-20", channel="distance")
    assert stale.status_code in {409, 422}
    key = str(uuid.uuid4())
    sign = {"row_version": _version(html), "signed_on": "2026-03-20", "channel": "distance", "form_key": key}
    for _click in range(2):
        assert client.post(f"{page}/sign", data=sign).status_code == 303
    assert _ask(own_desk, "select max(payment_term_days) from operational.contract_terms") == 21
    assert "/papers/" in _read(client, page)
    assert "AN/2026/00001" in _read(client, "/changes")


def test_a_termination_shows_its_end_and_its_debit_note(own_desk: Desk) -> None:
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        contract = session.execute(
            text("select id, public_id::text from operational.contracts order by id limit 1")
        ).one()
        version = session.execute(
            text(
                "insert into operational.product_versions (product_id, number, valid_from, price_list_id) "
                "select product_id, 9, '2024-01-01', id from operational.price_lists order by id limit 1 "
                "returning id"
            )
        ).scalar_one()
        supply.insert(
            session, "operational.early_termination_rules", product_version_id=version, formula="fixed",
            amount=120,
        )  # fmt: skip
        supply.insert(
            session, "operational.contract_conditions", contract_id=contract.id, period_months=36,
            ends_on=date(2027, 5, 31), valid_from=date(2024, 6, 1), product_version_id=version,
        )  # fmt: skip
    client, form = own_desk.client("admin"), f"/contracts/{contract.public_id}/terminations/new"
    given = {"notice_on": "2026-01-10", "given_by": "customer", "ends_on": "2026-02-01", "step": "preview"}
    wrong = _send(client, form, **given).get_data(as_text=True)
    assert 'id="e-ends_on"' in wrong
    shown = _send(client, form, **given | {"ends_on": ""}).get_data(as_text=True)
    assert "120,00" in shown
    page = _location(_send(client, form, **given | {"ends_on": "", "step": "save"}))
    _location(_send(client, f"{page}/confirm", row_version=_version(_read(client, page))))
    too_much = _send(client, f"{page}/debit-notes", amount="500")
    assert too_much.status_code == 422
    _location(_send(client, f"{page}/debit-notes", amount="120,00"))
    _location(_send(client, f"{page}/debit-notes", amount="0", reason="ugoda z klientem"))
    html = _read(client, page)
    notes = re.findall(r"/interest/notes/([0-9a-f-]{36})", html)
    assert len(set(notes)) == 2
    assert "Nota obciążeniowa" in _read(client, f"/interest/notes/{notes[0]}")
    pdf = client.get(f"/interest/notes/{notes[0]}/pdf")
    assert pdf.data.startswith(b"%PDF")
    assert _ask(own_desk, "select sum(amount) from operational.interest_notes where kind = 'debit_note'") == 0
    assert _ask(own_desk, "select count(*) from operational.messages where key like 'debit_note:%'") == 1


def test_an_assignment_keeps_typed_readings_and_moves_chosen_debts(own_desk: Desk) -> None:
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        supply.make_customer(session, 77, name="Nowy Odbiorca", search_name="nowy odbiorca")
    contract = own_desk.office.ids["contract"]
    client, form = own_desk.client("admin"), f"/contracts/{contract}/assignments/new"
    given = {"taker": "K999999", "assigned_on": "2026-03-16", "reading-1": "999"}
    wrong = _send(client, form, **given).get_data(as_text=True)
    assert 'id="e-taker"' in wrong
    assert 'value="999"' in wrong
    page = _location(_send(client, form, **given | {"taker": "K000077", "reading-1": ""}))
    _location(
        _send(client, f"{page}/complete", row_version=_version(_read(client, page)), signed_on="2026-03-20")
    )
    html = _read(client, page)
    items = re.findall(r'name="item" value="(\d+)"', html)
    assert items
    refused = _send(own_desk.client("clerk"), f"{page}/balance", item=items[0], reason="zgoda stron")
    assert refused.status_code == 403
    _location(_send(client, f"{page}/balance", item=items, reason="zgoda stron"))
    moved = _ask(own_desk, "select amount from operational.balance_moves")
    assert moved == own_desk.office.open_amount or moved > 0
    assert (
        _ask(own_desk, "select count(*) from operational.contract_supply_points where superseded_at is null")
        == 2
    )


def test_an_indexation_waits_for_another_person_and_the_board_decides(own_desk: Desk) -> None:
    admin, second = own_desk.client("admin"), own_desk.client("billing")
    first_day = add_months(first_of_month(date(2026, 3, 20)), 2)
    given = {
        "name": "Indeksacja", "rule": "percent", "percent": "4,5", "notice_days": "30",
        "effective_on": (date(2026, 3, 20) + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    early = _send(admin, "/indexations/new", **given).get_data(as_text=True)
    assert 'id="e-effective_on"' in early
    page = _location(_send(admin, "/indexations/new", **given | {"effective_on": first_day.isoformat()}))
    version = _version(_read(admin, page))
    assert _send(admin, f"{page}/decide", row_version=version, decision="apply").status_code == 422
    _location(_send(second, f"{page}/decide", row_version=version, decision="apply"))
    _location(_send(admin, f"{page}/notices"))
    assert _ask(own_desk, "select count(*) from operational.messages where key like 'indexation:%'") == 1
    assert "IX/2026/00001" in _read(admin, "/indexations")

    with db.open_session("app", actor="test", database=own_desk.database) as session:
        session.execute(
            text(
                "insert into operational.contract_conditions (contract_id, period_months, ends_on, "
                "valid_from) select id, 24, '2026-04-30', '2024-06-01' from operational.contracts "
                "order by id limit 1"
            )
        )
    board = _read(admin, "/renewals?month=2026-04")
    [mark] = re.findall(r'name="contract" value="([^"]+)"', board)
    for what in ("offer_sent", "indefinite"):
        _location(_send(admin, "/renewals", contract=mark, what=what, month="2026-04"))
    assert _send(admin, "/renewals", contract=mark, what="end", month="2026-04").status_code == 422
