"""From a draft to supply: what a signature writes, withdrawal, activation, ends; on a real database."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import activation, drafts, signing
from operational.crm.contracts.checks import DraftIncomplete
from operational.crm.contracts.draft_store import DraftRefused
from operational.crm.contracts.operations import SupplyError
from operational.kernel.identifiers import complete_supply_point_code
from tests.factories import supply

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIGNED = date(2026, 3, 2)
CODE = complete_supply_point_code("59032241400009999")
NEW_POINT = {
    "code": CODE, "medium": "electricity", "dso_code": "tauron", "start_kind": "direct",
    "wanted_start": "2026-04-01", "street": "ul. Nowa", "building": "1", "postal_code": "30-001",
    "city": "Kraków", "tariff_group": "G11", "annual_kwh": "2 400", "phases": "1",
}  # fmt: skip
HOUSEHOLD = {
    "kind": "household", "name": "Ewa Nowicka", "pesel": "44051401458", "invoice_channel": "ebok",
    "street": "ul. Nowa", "building": "1", "postal_code": "30-001", "city": "Kraków",
}  # fmt: skip


def price_list(session: Session, medium: str = "electricity") -> int:
    """Insert a product with a price list that has prices from 2025 on."""
    product = supply.insert(session, "operational.products", code=f"P-{medium}", name="Prąd", medium=medium)
    prices = supply.insert(
        session, "operational.price_lists", code=f"L-{medium}", name="Cennik", product_id=product
    )
    supply.insert(
        session,
        "operational.price_list_items",
        price_list_id=prices,
        charge_code="energy_active" if medium == "electricity" else "gas_fuel",
        unit="kwh",
        price="0.55",
        valid_from=date(2025, 1, 1),
    )
    return prices


def opened(session: Session, prices: int, **changes: Any) -> str:
    """Open a draft of a new household with a new point."""
    given: dict[str, Any] = {
        "customer_id": None,
        "customer": HOUSEHOLD,
        "price_list_id": prices,
        "product_version_id": None,
        "supply_point_ids": (),
        "source": "offer",
        "source_id": 7,
        "new_points": (NEW_POINT,),
        "consents": {"power_of_attorney": "1", "supplier_choice": "1", "old_supplier": "Stary Prąd"},
    } | changes
    return drafts.open_draft(session, as_of=AT, **given).public_id


def signed(session: Session, prices: int, channel: str = "stationary", **changes: Any) -> int:
    """Open and sign a draft."""
    public_id = opened(session, prices, **changes)
    return drafts.sign(session, draft_public_id=public_id, signed_on=SIGNED, channel=channel, as_of=AT)


def ask(session: Session, sql: str, **given: Any) -> list[tuple[Any, ...]]:
    """Return rows as tuples."""
    return [tuple(row) for row in session.execute(text(sql), given)]


def point_of(session: Session) -> int:
    """Return the id of the new point."""
    return int(
        session.execute(
            text("select id from operational.supply_points where code = :c"), {"c": CODE}
        ).scalar_one()
    )


def test_a_signature_writes_customer_point_contract_terms_request_and_papers(session: Session) -> None:
    prices = price_list(session)
    public_id = opened(session, prices, terms={"period": "fixed", "period_months": "24"})
    contract = drafts.sign(session, draft_public_id=public_id, signed_on=SIGNED, channel="distance", as_of=AT)
    again = drafts.sign(session, draft_public_id=public_id, signed_on=SIGNED, channel="distance", as_of=AT)

    assert again == contract
    assert ask(
        session,
        "select k.number, c.name, t.price_list_id, t.cycle_anchor, t.payment_term_days, d.period_months, "
        "d.ends_on"
        " from operational.contracts k join operational.customers c on c.id = k.customer_id"
        " join operational.contract_terms t on t.contract_id = k.id"
        " join operational.contract_conditions d on d.contract_id = k.id where k.id = :id",
        id=contract,
    ) == [("U/2026/00001", "Ewa Nowicka", prices, date(2026, 4, 1), 14, 24, None)]
    assert ask(
        session,
        "select r.kind, r.wanted_start, p.code, s.annual_kwh from operational.start_requests r"
        " join operational.supply_points p on p.id = r.supply_point_id"
        " join operational.supply_point_terms s on s.supply_point_id = p.id where r.contract_id = :id",
        id=contract,
    ) == [("direct", date(2026, 4, 1), CODE, 2400)]
    found = signing.signature(session, contract_id=contract)
    assert found is not None
    assert (found.state, found.withdrawal_until) == ("signed", date(2026, 3, 16))
    made = ask(
        session,
        "select kind from operational.papers where subject_kind = 'contract' and subject_id = :id order by "
        "id",
        id=contract,
    )
    assert made == [("contract",), ("power_of_attorney",), ("withdrawal_form",)]


def test_the_first_day_of_supply_sets_cycle_and_last_day_and_is_written_once(session: Session) -> None:
    contract = signed(session, price_list(session), terms={"period": "fixed", "period_months": "12"})
    point, start = point_of(session), date(2026, 5, 1)
    for _ in range(2):
        activation.activate(session, contract_id=contract, supply_point_id=point, start=start, as_of=AT)

    assert ask(
        session,
        "select valid_from, valid_to from operational.contract_supply_points where contract_id = :id",
        id=contract,
    ) == [(start, None)]
    assert ask(
        session,
        "select t.cycle_anchor, d.ends_on from operational.contract_terms t join "
        "operational.contract_conditions d"
        " using (contract_id) where t.contract_id = :id and t.superseded_at is null and d.superseded_at is "
        "null",
        id=contract,
    ) == [(start, date(2027, 4, 30))]
    assert ask(
        session,
        "select e.outcome, e.started_on, r.superseded_at is not null from operational.start_requests r"
        " join operational.start_request_ends e on e.request_id = r.id where r.contract_id = :id",
        id=contract,
    ) == [("activated", start, True)]


def test_direct_starts_become_true_on_their_day_and_switches_wait(session: Session) -> None:
    prices = price_list(session)
    direct = signed(session, prices)
    other = {**NEW_POINT, "code": complete_supply_point_code("59032241400008888"), "start_kind": "switch"}
    customer = supply.make_customer(session, 5)
    switch = signed(session, prices, customer_id=customer.id, customer=None, new_points=(other,))

    early = activation.activate_due(session, day=date(2026, 3, 31), as_of=AT)
    due = activation.activate_due(session, day=date(2026, 4, 1), as_of=AT)
    again = activation.activate_due(session, day=date(2026, 4, 2), as_of=AT)

    assert (early.started, due.started, again.started) == (0, 1, 0)
    assert ask(session, "select contract_id from operational.contract_supply_points") == [(direct,)]
    assert ask(session, "select contract_id from operational.start_requests where superseded_at is null") == [
        (switch,)
    ]


def test_a_consumer_withdraws_in_time_and_started_supply_ends_the_day_after(session: Session) -> None:
    point = {**NEW_POINT, "wanted_start": "2026-03-05"}
    contract = signed(
        session, price_list(session), "distance", new_points=(point,), consents={"early_start": "1"}
    )
    activation.activate_due(session, day=date(2026, 3, 5), as_of=AT)
    with pytest.raises(signing.WithdrawalRefused):
        drafts.withdraw(session, contract_id=contract, withdrawn_on=date(2026, 3, 17), reason="", as_of=AT)
    ends = drafts.withdraw(
        session, contract_id=contract, withdrawn_on=date(2026, 3, 10), reason="letter", as_of=AT
    )

    assert ends == date(2026, 3, 11)
    assert ask(
        session,
        "select valid_from, valid_to from operational.contract_supply_points"
        " where contract_id = :id and superseded_at is null",
        id=contract,
    ) == [(date(2026, 3, 5), date(2026, 3, 11))]
    with pytest.raises(activation.StartRefused, match="withdrew"):
        activation.activate(
            session, contract_id=contract, supply_point_id=point_of(session), start=date(2026, 4, 1), as_of=AT
        )


def test_a_withdrawal_before_the_start_closes_the_request_and_a_business_has_no_such_right(
    session: Session,
) -> None:
    prices = price_list(session)
    contract = signed(session, prices, "distance")
    assert drafts.withdraw(session, contract_id=contract, withdrawn_on=SIGNED, reason="", as_of=AT) is None
    assert ask(session, "select outcome from operational.start_request_ends") == [("withdrawn",)]

    firm = supply.make_customer(session, 6, kind="business", nip="5260001246", name="Firma")
    other = {**NEW_POINT, "code": complete_supply_point_code("59032241400007777")}
    business = signed(session, prices, "distance", customer_id=firm.id, customer=None, new_points=(other,))
    with pytest.raises(signing.WithdrawalRefused, match="no right"):
        drafts.withdraw(session, contract_id=business, withdrawn_on=SIGNED, reason="", as_of=AT)


def test_a_draft_with_mistakes_names_each_field_and_writes_nothing(session: Session) -> None:
    wrong_point = {**NEW_POINT, "code": CODE[:-1] + str((int(CODE[-1]) + 1) % 10), "city": ""}
    public_id = opened(
        session,
        price_list(session, "gas"),
        customer={**HOUSEHOLD, "pesel": "44051401459"},
        new_points=(wrong_point,),
    )
    with pytest.raises(DraftIncomplete) as refused:
        drafts.sign(session, draft_public_id=public_id, signed_on=SIGNED, channel="distance", as_of=AT)

    assert refused.value.steps == {
        "customer": {"pesel": "invalid_pesel"},
        "points": {"0.code": "invalid_point_code", "0.city": "missing_value"},
        "product": {"price_list_id": "other_medium"},
    }
    assert ask(session, "select count(*) from operational.contracts") == [(0,)]


def test_a_point_under_contract_or_with_an_open_request_is_refused(session: Session) -> None:
    prices = price_list(session)
    holder = supply.make_customer(session, 1)
    point = supply.add_point(session, holder, ordinal=1, start=date(2025, 1, 1))
    taken = opened(session, prices, supply_point_ids=(point.id,), new_points=())
    with pytest.raises(DraftIncomplete) as refused:
        drafts.sign(session, draft_public_id=taken, signed_on=SIGNED, channel="stationary", as_of=AT)
    assert refused.value.steps["points"] == {"0.code": "point_under_contract"}

    activation.end(
        session, contract_id=holder.contracts["electricity"], supply_point_id=point.id, end=date(2026, 4, 1),
        reason="moved out", as_of=AT,
    )  # fmt: skip
    contract = drafts.sign(session, draft_public_id=taken, signed_on=SIGNED, channel="stationary", as_of=AT)
    assert ask(
        session,
        "select kind, wanted_start from operational.start_requests where contract_id = :id",
        id=contract,
    ) == [("takeover", date(2026, 4, 1))]
    rival = opened(
        session, prices, supply_point_ids=(point.id,), new_points=(), customer_id=holder.id, customer=None
    )
    with pytest.raises(DraftIncomplete) as twice:
        drafts.sign(session, draft_public_id=rival, signed_on=SIGNED, channel="stationary", as_of=AT)
    assert twice.value.steps["points"] == {"0.code": "start_already_requested"}
    with pytest.raises(SupplyError):
        activation.activate(
            session, contract_id=contract, supply_point_id=point.id, start=date(2026, 3, 15), as_of=AT
        )


def test_a_stale_form_is_refused_and_a_waiting_draft_keeps_its_number(session: Session) -> None:
    public_id = opened(session, price_list(session))
    kept = drafts.save_step(
        session, draft_public_id=public_id, step="consents", row_version=1, as_of=AT,
        given={"signature_channel": "stationary"},
    )  # fmt: skip
    with pytest.raises(DraftRefused) as stale:
        drafts.save_step(session, draft_public_id=public_id, step="terms", given={}, row_version=1, as_of=AT)
    assert stale.value.code == "changed_meanwhile"
    assert kept.row_version == 2

    drafts.save_step(
        session, draft_public_id=public_id, step="terms", row_version=2, as_of=AT,
        given={
            "kind": "comprehensive", "period": "indefinite", "notice_months": "1",
            "continuation": "indefinite", "cycle_months": "1", "payment_term_days": "14",
            "invoicing_rule": "per_contract", "invoice_channel": "ebok",
        },
    )  # fmt: skip
    waiting = drafts.request_signature(
        session, draft_public_id=public_id, row_version=3, sent_on=SIGNED, as_of=AT
    )
    assert (waiting.status, waiting.number) == ("waiting", "U/2026/00001")
    assert ask(session, "select count(*) from operational.contracts") == [(0,)]
    contract = drafts.sign(session, draft_public_id=public_id, signed_on=SIGNED, channel="distance", as_of=AT)
    assert contract == waiting.contract_id
    assert ask(session, "select state from operational.contract_signatures order by id") == [
        ("waiting",),
        ("signed",),
    ]
