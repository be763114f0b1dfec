"""Card, BLIK and cash: the adapter against the simulator's real server, once each, whatever gets lost."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from operational.app.factory import create_app
from operational.finance import queries
from operational.finance.channels.adapter import ChannelError, PaymentOrder
from operational.finance.channels.cash import CashDesk
from operational.finance.channels.gateway import Gateway, sign
from operational.finance.channels.recording import reconcile_channel, record_event
from operational.finance.operations import import_bank_file
from operational.kernel import db, settings
from orchestration.simulator.gateway import GatewaySimulator
from tests.factories.finance import bank_file, issue, make_payer, transfer

NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
SECRET = "of-the-test"


@pytest.fixture
def simulator() -> Iterator[GatewaySimulator]:
    with GatewaySimulator(secret=SECRET) as found:
        yield found


def test_an_order_is_paid_told_twice_posted_once_returned_and_settled_by_the_bank(
    session: Session, simulator: GatewaySimulator
) -> None:
    payer = make_payer(session)
    issue(session, payer, "80.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    gateway = Gateway(url=simulator.url, secret=SECRET)
    order = PaymentOrder("O-1", Decimal("80.00"), payer.account, "FV/2026/03/000001")
    started = gateway.start(order)
    assert gateway.start(order) == started
    simulator.state.pay("O-1", "blik")
    simulator.state.pay("O-1", "blik")
    body = json.dumps(simulator.state.events[0]).encode()
    event = gateway.read_notification(body=body, signature=sign(SECRET, body))
    first = record_event(session, event=event, as_of=NOW)
    again = record_event(session, event=event, as_of=NOW)
    assert (first.is_new, again.is_new, again.payment_id) == (True, False, first.payment_id)
    assert queries.balance(session, customer_id=payer.id) == 0
    with pytest.raises(ChannelError, match="another amount"):
        record_event(session, event=replace(event, amount=Decimal("8.00")), as_of=NOW)
    assert reconcile_channel(session, channel=gateway, codes=("card", "blik"), as_of=NOW) == 0
    line = transfer("80.00", title="Wypłata z bramki płatniczej 10.03", payer="Bramka", reference="S1")
    import_bank_file(session, content=bank_file([line]), name="a.sta", as_of=NOW)
    settled = queries.bank_reconciliation(session)
    assert (settled.in_transit, settled.in_suspense, settled.agrees) == (0, 0, True)
    simulator.state.give_back("O-1")
    assert reconcile_channel(session, channel=gateway, codes=("card", "blik"), as_of=NOW) == 1
    assert reconcile_channel(session, channel=gateway, codes=("card", "blik"), as_of=NOW) == 0
    assert queries.balance(session, customer_id=payer.id) == Decimal("80.00")
    assert queries.bank_reconciliation(session).agrees
    with pytest.raises(ChannelError, match="not here or was"):
        record_event(
            session, event=replace(event, event_id="R-2", kind="returned", returns_event="P-O-1"), as_of=NOW
        )


def test_what_is_forged_unreadable_or_unreachable_is_refused(
    session: Session, simulator: GatewaySimulator
) -> None:
    gateway = Gateway(url=simulator.url, secret=SECRET)
    good = {
        "event_id": "E1",
        "channel": "card",
        "kind": "paid",
        "amount": "1.00",
        "occurred_at": NOW.isoformat(),
    }
    for change in (
        {"amount": "0"}, {"amount": "-1"}, {"amount": "NaN"}, {"amount": "1.001"}, {"channel": "cash"},
        {"kind": "x"},
        {"occurred_at": "2026-07-15T08:00:00"}, {"event_id": ""}, {"currency": "EUR"}, {"title": "x" * 300},
    ):  # fmt: skip
        body = json.dumps(good | change).encode()
        with pytest.raises(ChannelError) as caught:
            gateway.read_notification(body=body, signature=sign(SECRET, body))
        assert caught.value.code == "channel_content", change
    body = json.dumps(good).encode()
    for signature in ("", "sha256=00", sign("other", body)):
        with pytest.raises(ChannelError, match="signature"):
            gateway.read_notification(body=body, signature=signature)
    with pytest.raises(ChannelError, match="signature"):
        Gateway(url=simulator.url, secret="").read_notification(body=body, signature=sign("", body))
    with pytest.raises(ChannelError, match="refused"):
        Gateway(url=simulator.url, secret="wrong").events_since(NOW)
    with pytest.raises(ChannelError, match="does not answer"):
        Gateway(url="http://127.0.0.1:9", secret=SECRET).events_since(NOW)
    event = gateway.read_notification(body=body, signature=sign(SECRET, body))
    assert record_event(session, event=event, as_of=NOW).is_new
    assert queries.suspense_totals(session).amount == Decimal("1.00")
    with pytest.raises(ChannelError, match="no number of an event"):
        record_event(session, event=replace(event, event_id="a:b"), as_of=NOW)


def test_cash_at_the_desk_is_a_payment_at_once(session: Session) -> None:
    payer = make_payer(session)
    desk = CashDesk()
    event = desk.taken(
        receipt="KP/1/2026", amount=Decimal("12.30"), virtual_account=payer.account, title="gotówka",
        payer_name="", at=NOW,
    )  # fmt: skip
    assert record_event(session, event=event, as_of=NOW).is_new
    assert not record_event(session, event=event, as_of=NOW).is_new
    assert queries.balance(session, customer_id=payer.id) == Decimal("-12.30")
    assert (desk.events_since(NOW), desk.start(PaymentOrder("x", Decimal(1), "", "")).pay_url) == ([], "")
    with pytest.raises(ChannelError):
        desk.read_notification(body=b"", signature="")


def test_the_gateways_notice_counts_once_and_only_with_its_signature(
    database: str, simulator: GatewaySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        payer = make_payer(session)
    monkeypatch.setenv("IRIS_GATEWAY_URL", simulator.url)
    monkeypatch.setenv("IRIS_GATEWAY_SECRET", SECRET)
    settings.reset_settings()
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/channels/notice"
        gateway = Gateway(url=simulator.url, secret=SECRET)
        gateway.start(PaymentOrder("O-9", Decimal("15.00"), payer.account, "prąd", notify_url=address))
        simulator.state.notices = 2
        simulator.state.pay("O-9", "card")
        simulator.state.events[0]["amount"] = "1.00"
        simulator.state.notify(simulator.state.events[0])
        simulator.state.secret = "forged"
        simulator.state.notify(simulator.state.events[0])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        monkeypatch.undo()
        settings.reset_settings()
    assert simulator.state.answers == [200, 200, 409, 409, 401, 401]
    with db.open_session("app", actor="test", database=database) as session:
        assert queries.balance(session, customer_id=payer.id) == Decimal("-15.00")
