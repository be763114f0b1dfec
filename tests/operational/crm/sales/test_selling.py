"""Selling without a browser: leads, offers on the customer's own use, campaigns by consent, renewals once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.consents import give
from operational.crm.sales import (
    campaign_queries,
    campaigns,
    closing,
    leads,
    likeness,
    offer_queries,
    offers,
    queries,
    renewals,
    segments,
)
from operational.crm.sales.profile import profiles
from operational.crm.sales.rules import InvalidSale, SalesError, side, spread
from tests.factories.shop import TODAY, household, open_shop
from tests.factories.supply import make_customer

MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEAD = {
    "kind": "household", "name": "Anna Nowak-Kowalska", "phone": "601 000 999", "medium": "electricity",
    "source": "phone", "owner_login": "sales", "annual_kwh": "2 400", "dso_code": "tauron",
    "tariff_group": "G11",
}  # fmt: skip


def test_a_lead_is_checked_compared_and_moved_with_history(session: Session) -> None:
    open_shop(session)
    with pytest.raises(InvalidSale) as refused:
        leads.record_lead(
            session,
            given={**LEAD, "name": "", "nip": "1234567890", "email": "x", "annual_kwh": "-1"},
            as_of=TODAY,
        )
    assert refused.value.fields == {
        "name": "missing_value", "nip": "sales_nip", "email": "sales_email", "annual_kwh": "sales_number",
    }  # fmt: skip
    made = leads.record_lead(session, given=LEAD, as_of=TODAY)
    found = likeness.likely_same(
        session, nip="", phone="+48 601-000-418", email="ANNA1@example.pl", name="Ana Nowak", as_of=TODAY
    )
    assert [(one.kind, one.reasons) for one in found] == [("customer", ("email", "name", "phone"))]
    leads.move_lead(session, public_id=made.public_id, stage="contacted", row_version=1, as_of=TODAY)
    with pytest.raises(SalesError, match="changed meanwhile"):
        leads.move_lead(session, public_id=made.public_id, stage="qualified", row_version=1, as_of=TODAY)
    with pytest.raises(InvalidSale):
        leads.move_lead(session, public_id=made.public_id, stage="lost", row_version=2, as_of=TODAY)
    leads.move_lead(
        session, public_id=made.public_id, stage="lost", row_version=2, as_of=TODAY, lost_reason="price"
    )
    assert [step.stage_to for step in queries.stages_of(session, lead_id=made.id)] == [
        "lost",
        "contacted",
        "new",
    ]
    steps = {step.step: step.leads for step in queries.funnel(session, since=TODAY)}
    assert steps == {"new": 1, "contacted": 1, "qualified": 0, "offered": 0, "won": 0}


def test_an_offer_goes_from_the_own_profile_over_the_floor_to_one_draft(session: Session) -> None:
    shop = open_shop(session)
    points = profiles(session, on=TODAY, customer_id=shop.customer.id)
    assert [(p.tariff_group, p.source, dict(p.zone_kwh)) for p in points] == [
        ("G11", "annual", {"all": Decimal("2400.000")})
    ]
    made = offers.open_offer(
        session, addressee=offers.Addressee("Anna Nowak", "household", customer_id=shop.customer.id),
        medium="electricity", points=points, starts_on=date(2026, 4, 1), owner="sales", as_of=TODAY,
    )  # fmt: skip
    for position, product, version in ((1, shop.standard, 1), (2, shop.cheap, 2)):
        offers.count_variant(
            session, public_id=made.public_id, position=position, price_list_id=product, row_version=version,
            as_of=TODAY,
        )  # fmt: skip
    first, second = offer_queries.variants(session, offer_id=made.id)
    # 2 400 kWh at 0.75 and twelve trade fees of 9.90; the network is the same for both.
    assert (first.seller_net, second.seller_net) == (Decimal("1918.80"), Decimal("838.80"))
    assert first.network_net == second.network_net > 0
    assert first.gross == first.seller_net + first.network_net + first.vat
    assert (first.is_below_floor, second.is_below_floor) == (False, True)

    with pytest.raises(SalesError, match="floor"):
        closing.finish_offer(session, public_id=made.public_id, row_version=3, as_of=TODAY)
    with pytest.raises(SalesError, match="four eyes"):
        offers.approve_offer(session, public_id=made.public_id, row_version=3, approver="test", as_of=TODAY)
    offers.approve_offer(session, public_id=made.public_id, row_version=3, approver="staff:boss", as_of=TODAY)
    closing.finish_offer(session, public_id=made.public_id, row_version=4, as_of=TODAY)
    closing.send_offer(
        session, public_id=made.public_id, row_version=5, way="email", as_of=TODAY, moment=MOMENT
    )
    sent = session.execute(
        text("select channel, jsonb_array_length(files) as files, variables from operational.messages")
    ).one()
    assert (sent.channel, sent.files, sent.variables["number"]) == ("email", 1, made.number)

    drafts = {
        closing.accept_offer(
            session, public_id=made.public_id, variant_id=first.id, as_of=TODAY, moment=MOMENT
        )
        for _click in range(2)
    }
    assert len(drafts) == 1
    assert session.scalar(text("select count(*) from operational.contract_drafts")) == 1
    found = offer_queries.offer(session, public_id=made.public_id, today=TODAY)
    assert found is not None and (found.status, found.message_status) == ("accepted", "waiting")


def test_an_offer_refuses_what_is_late_empty_or_not_sellable(session: Session) -> None:
    shop = open_shop(session)
    whom = offers.Addressee("Anna Nowak", "household", customer_id=shop.customer.id)
    points = profiles(session, on=TODAY, customer_id=shop.customer.id)
    with pytest.raises(InvalidSale) as refused:
        offers.open_offer(
            session, addressee=whom, medium="electricity", points=(), starts_on=date(2026, 1, 1), owner="x",
            as_of=TODAY, valid_until=date(2026, 3, 1),
        )  # fmt: skip
    assert set(refused.value.fields) == {"points", "starts_on", "valid_until"}
    made = offers.open_offer(
        session, addressee=whom, medium="electricity", points=points, starts_on=TODAY, owner="x", as_of=TODAY
    )
    with pytest.raises(SalesError) as nothing:
        closing.finish_offer(session, public_id=made.public_id, row_version=1, as_of=TODAY)
    with pytest.raises(SalesError) as unsold:
        offers.count_variant(
            session, public_id=made.public_id, position=1, price_list_id=999_999, row_version=1, as_of=TODAY
        )
    late = offer_queries.offer(session, public_id=made.public_id, today=date(2026, 4, 1))
    assert (nothing.value.code, unsold.value.code) == ("offer_without_variant", "offer_not_sellable")
    assert late is not None and late.status == "expired"


def test_a_campaign_contacts_only_who_consented_and_counts_the_rest(session: Session) -> None:
    shop = open_shop(session)
    others = [make_customer(session, number, name=f"Jan {number}") for number in (2, 3, 4)]
    for number, other in enumerate(others, 2):
        household(session, other, number, price_list_id=shop.standard)
    for customer in (shop.customer, *others[:2]):
        give(
            session, customer_id=customer.id, kind="marketing_email", channel="office", granted=True,
            given_on=TODAY, source="test",
        )  # fmt: skip
    session.execute(
        text("update operational.customers set email = null where id = :id"), {"id": others[0].id}
    )
    rule = [
        {"field": "tariff_group", "op": "starts_with", "value": "G1"},
        {"field": "contract_ends_in_days", "op": "at_most", "value": "60"},
        {"field": "city", "op": "is", "value": "KRAKOW"},
        {"field": "overdue", "op": "is", "value": "no"},
    ]
    size = segments.size(session, audience="customers", conditions=rule, channel="email", on=TODAY)
    assert (size.people, size.allowed, size.no_consent, size.no_address) == (4, 2, 1, 1)
    with pytest.raises(SalesError) as hostile:
        segments.size(
            session, audience="customers", channel="email", on=TODAY,
            conditions=[{"field": "kind; drop table x", "op": "is", "value": "household"}],
        )  # fmt: skip
    assert hostile.value.code == "segment_field"

    public_id = campaigns.create_campaign(
        session,
        given={
            "code": "wiosna-26", "name": "Wiosna", "audience": "customers", "channel": "email",
            "subject": "Nowa cena", "script": "Treść A", "script_b": "Treść B", "share_b_pct": "50",
            "budget": "1000", "owner_login": "sales", "starts_on": "2026-03-01", "ends_on": "2026-03-31",
        },
        conditions=rule,
    )  # fmt: skip
    started = campaigns.start_campaign(
        session, public_id=public_id, row_version=1, as_of=TODAY, moment=MOMENT
    )
    assert (started.members, started.allowed, started.messages) == (4, 2, 2)
    with pytest.raises(SalesError):
        campaigns.start_campaign(session, public_id=public_id, row_version=2, as_of=TODAY, moment=MOMENT)
    campaigns.add_cost(session, public_id=public_id, given="250,00", booked_on=TODAY, note="Druk")
    found = campaign_queries.campaign(session, public_id=public_id)
    assert found is not None and found.cost == Decimal("250.00")
    members = campaign_queries.members(session, campaign_id=found.id)
    allowed = next(one for one in members if one.is_allowed)
    refused = next(one for one in members if not one.is_allowed)
    with pytest.raises(SalesError):
        campaigns.record_contact(
            session,
            member_public_id=refused.public_id,
            outcome="reached",
            note="",
            owner="sales",
            as_of=TODAY,
        )
    made = {
        campaigns.record_contact(
            session,
            member_public_id=allowed.public_id,
            outcome="interested",
            note="",
            owner="sales",
            as_of=TODAY,
        )
        for _call in range(2)
    }
    sides = campaign_queries.results(session, campaign_id=found.id)[found.id]
    assert len(made) == 1
    names = ("members", "contacted", "interested", "leads")
    assert [sum(getattr(one, name) for one in sides) for name in names] == [4, 2, 1, 1]


def test_renewal_offers_are_counted_made_and_sent_once(session: Session) -> None:
    shop = open_shop(session)
    later = make_customer(session, 2, name="Jan Drugi", email=None)
    household(session, later, 2, price_list_id=shop.standard, ends_on=date(2026, 4, 30))
    far = make_customer(session, 3, name="Jan Trzeci")
    household(session, far, 3, price_list_id=shop.standard, ends_on=date(2027, 4, 30))
    rule = renewals.Rule(date(2026, 3, 1), date(2026, 5, 31), "electricity", shop.standard)
    seen = renewals.preview(session, rule=rule, as_of=TODAY)
    assert [line.contract_number for line in seen.offered] == ["U/1", "U/2"]
    assert seen.total("seller_net") == 2 * Decimal("1918.80")
    cheap = renewals.preview(
        session, rule=renewals.Rule(rule.ends_from, rule.ends_to, rule.medium, shop.cheap), as_of=TODAY
    )
    assert [line.refusal for line in cheap.lines] == ["offer_below_floor"] * 2

    batch = renewals.make_batch(session, rule=rule, name="Wiosna", owner="sales", as_of=TODAY)
    assert renewals.preview(session, rule=rule, as_of=TODAY).lines == ()
    with pytest.raises(SalesError):
        renewals.make_batch(session, rule=rule, name="Wiosna", owner="sales", as_of=TODAY)
    sent = [
        renewals.send_batch(session, public_id=batch, row_version=1, as_of=TODAY, moment=MOMENT)
        for _click in range(2)
    ]
    channels = session.scalars(text("select channel from operational.messages order by id")).all()
    assert (sent, list(channels)) == ([2, 0], ["email", "letter"])
    assert renewals.batches(session, public_id=batch)[0].status == "sent"


def test_a_lead_becomes_one_customer_who_brings_the_offer_along(session: Session) -> None:
    open_shop(session)
    made = leads.record_lead(session, given=LEAD, as_of=TODAY)
    offers.open_offer(
        session, addressee=offers.Addressee("Anna", "household", lead_id=made.id), medium="electricity",
        points=profiles(session, on=TODAY, customer_id=1), starts_on=TODAY, owner="sales", as_of=TODAY,
    )  # fmt: skip
    given = {
        "kind": "household", "name": "Anna Nowak-Kowalska", "invoice_channel": "ebok", "street": "Polna",
        "building": "1", "postal_code": "00-950", "city": "Warszawa",
    }  # fmt: skip
    clicks = {
        leads.convert_lead(
            session, public_id=made.public_id, row_version=2, as_of=TODAY, bank_code="99900009", given=given
        )
        for _click in range(2)
    }
    owner = session.scalar(text("select customer_id from operational.offers"))
    found = queries.lead(session, public_id=made.public_id)
    assert clicks == {owner} and found is not None and found.stage == "offered"


def test_the_side_of_an_ab_test_and_the_spread_of_use_are_deterministic() -> None:
    sides = [side("ZIMA", str(number), 30) for number in range(2000)]
    assert sides == [side("ZIMA", str(number), 30) for number in range(2000)]
    assert 540 < sides.count("B") < 660
    assert {side("ZIMA", str(number), 0) for number in range(50)} == {"A"}
    parts = spread(Decimal("1000.000"), {"day": Decimal(2), "night": Decimal(1)})
    assert parts == {"day": Decimal("666.667"), "night": Decimal("333.333")}
