"""People, addresses and consents of a customer; duplicates and merges that leave the ledger right."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.access.portal import operations as access
from operational.crm.customers import consents, duplicates, merging, operations, people, queries

TODAY = date(2026, 7, 15)
GIVEN = {
    "kind": "household", "name": "Żaneta Łęcka", "nip": "", "pesel": "", "email": "", "phone": "",
    "invoice_channel": "ebok", "street": "ul. Nowa", "building": "1", "flat": "", "postal_code": "00-950",
    "city": "Łódź",
}  # fmt: skip
PERSON = {"role": "proxy", "person_name": "Ewa Nowak", "phone": "601 000 418", "email": "ewa@example.pl"}


def _create(session: Session, **changes: str) -> int:
    return operations.create_customer(
        session, given={**GIVEN, **changes}, bank_code="99900009", as_of=TODAY
    ).id


def _versions(session: Session, kept: int, merged: int) -> tuple[int, int]:
    rows = session.execute(text("select id, row_version from operational.customers"))
    found: dict[int, int] = {row.id: row.row_version for row in rows}
    return found[kept], found[merged]


def _merge(session: Session, kept: int, merged: int) -> tuple[str, ...]:
    return merging.merge(
        session, kept_id=kept, merged_id=merged, reason="the same person",
        row_versions=_versions(session, kept, merged), as_of=TODAY, actor="staff:anna",
    )  # fmt: skip


def _contract(session: Session, customer: int, number: str) -> int:
    return int(
        session.execute(
            text(
                "insert into operational.contracts (number, customer_id, kind, signed_on)"
                " values (:number, :customer, 'comprehensive', :day) returning id"
            ),
            {"number": number, "customer": customer, "day": TODAY},
        ).scalar_one()
    )


def test_a_role_is_ended_by_a_new_version_and_a_stale_form_changes_nothing(session: Session) -> None:
    customer = _create(session)
    role = people.add_person(session, customer_id=customer, given=PERSON, valid_from=date(2026, 1, 1))

    people.end_person(session, customer_id=customer, role_id=role, valid_to=TODAY)

    (kept,) = people.people_of(session, customer_id=customer, today=TODAY)
    assert (kept.valid_to, kept.is_current, kept.phone) == (TODAY, False, "601000418")
    with pytest.raises(people.ChangedMeanwhile):
        people.end_person(session, customer_id=customer, role_id=role, valid_to=TODAY)


def test_wrong_data_of_a_person_are_named_by_field(session: Session) -> None:
    customer, wrong = _create(session), {"role": "boss", "person_name": " ", "phone": "12", "email": "x"}

    with pytest.raises(operations.InvalidCustomer) as refused:
        people.add_person(session, customer_id=customer, given={**wrong, "scope": "U/1"}, valid_from=TODAY)

    assert refused.value.fields == {
        "role": "unknown_role", "person_name": "missing_value", "phone": "invalid_phone",
        "email": "invalid_email", "scope": "unknown_scope",
    }  # fmt: skip


def test_a_role_is_limited_to_contracts_of_this_customer(session: Session) -> None:
    customer, other = _create(session), _create(session, name="Inny Klient")
    _contract(session, customer, "U/7")

    people.add_person(session, customer_id=customer, given={**PERSON, "scope": "U/7"}, valid_from=TODAY)
    with pytest.raises(operations.InvalidCustomer):
        people.add_person(session, customer_id=other, given={**PERSON, "scope": "U/7"}, valid_from=TODAY)

    assert [found.scope for found in people.people_of(session, customer_id=customer, today=TODAY)] == ["U/7"]


def test_a_new_address_of_a_kind_ends_the_one_before(session: Session) -> None:
    customer = _create(session)
    given = {
        "kind": "invoices",
        **{name: GIVEN[name] for name in ("street", "building", "postal_code", "city")},
    }
    people.add_address(session, customer_id=customer, given=given, valid_from=date(2026, 1, 1))

    people.add_address(session, customer_id=customer, given={**given, "building": "2"}, valid_from=TODAY)
    with pytest.raises(operations.InvalidCustomer) as refused:
        people.add_address(session, customer_id=customer, given=given, valid_from=date(2026, 3, 1))

    found = people.addresses_of(session, customer_id=customer, today=TODAY)
    assert [(row.building, row.is_current) for row in found] == [("2", True), ("1", False)]
    assert refused.value.fields == {"valid_from": "later_version_exists"}


def _give(session: Session, customer: int, day: date, *, granted: bool) -> int | None:
    return consents.give(
        session, customer_id=customer, kind="marketing_email", channel="office", granted=granted,
        given_on=day, source="form 7",
    )  # fmt: skip


def test_consents_keep_their_history_and_the_newest_decision_counts(session: Session) -> None:
    customer = _create(session)
    _give(session, customer, date(2026, 1, 5), granted=True)
    assert _give(session, customer, date(2026, 1, 5), granted=True) is None
    _give(session, customer, date(2026, 3, 5), granted=False)
    _give(session, customer, date(2026, 2, 1), granted=True)

    found = consents.history(session, customer_id=customer)

    assert [(row.given_on.month, row.granted, row.superseded_at is None) for row in found] == [
        (3, False, True), (2, True, False), (1, True, False),
    ]  # fmt: skip
    with pytest.raises(consents.InvalidConsent):
        consents.give(
            session,
            customer_id=customer,
            kind="all",
            channel="office",
            granted=True,
            given_on=TODAY,
            source="x",
        )


@pytest.mark.parametrize(
    ("asked", "signals"),
    [
        ({"pesel": "44051401458"}, ("pesel",)),
        ({"phone": "+48 601 000 418"}, ("phone",)),
        ({"email": "LECKA@example.pl"}, ("email",)),
        ({"name": "Zaneta Lecka"}, ("name",)),
        ({"name": "Żanetta Łęcka", "phone": "601000418"}, ("name", "phone")),
        ({"name": "Jan Kowalski"}, None),
        ({}, None),
    ],
)
def test_likely_customers_are_found_by_each_sign(
    session: Session, asked: dict[str, str], signals: tuple[str, ...] | None
) -> None:
    customer = _create(session, pesel="44051401458", phone="601000418", email="lecka@example.pl")
    blank = dict.fromkeys(("nip", "pesel", "phone", "name", "email"), "")

    found = duplicates.find(session, **{**blank, **asked})
    left_out = duplicates.find(session, **{**blank, **asked}, except_id=customer)

    assert [row.signals for row in found] == ([signals] if signals else [])
    assert not left_out


def test_the_queue_holds_likely_pairs_and_remembers_decisions(session: Session) -> None:
    _create(session, phone="601000418")
    _create(session, name="Zaneta Lencka", phone="+48601000418")
    _create(session, name="Jan Kowalski")

    assert duplicates.search_all(session, as_of=TODAY) == 1
    (found,) = duplicates.queue(session)
    assert set(found.signals) == {"address", "name", "phone"}
    duplicates.set_different(
        session,
        public_id=found.public_id,
        row_version=found.row_version,
        note="mother and daughter",
        actor="t",
    )

    assert duplicates.search_all(session, as_of=TODAY) == 0
    assert [row.note for row in duplicates.queue(session, state="different")] == ["mother and daughter"]
    with pytest.raises(people.ChangedMeanwhile):
        duplicates.set_different(
            session, public_id=found.public_id, row_version=found.row_version, note="", actor="t"
        )


def test_a_merge_moves_what_was_never_billed_and_leads_to_the_kept_number(session: Session) -> None:
    kept, merged = _create(session), _create(session, name="Zaneta Lecka", phone="601000418")
    _contract(session, merged, "U/1")
    people.add_person(session, customer_id=merged, given=PERSON, valid_from=date(2026, 1, 1))
    _give(session, kept, date(2026, 1, 5), granted=True)
    _give(session, merged, date(2026, 2, 5), granted=False)
    access.create_account(session, customer_id=merged, login="zaneta@example.pl", password="correct horse")

    assert _merge(session, kept, merged) == ("U/1",)

    assert session.execute(text("select customer_id from operational.customer_users")).scalars().all() == [
        kept
    ]

    row = session.execute(
        text(
            "select c.customer_id, k.phone, m.merged_into_id"
            " from operational.contracts c, operational.customers k,"
            " operational.customers m where k.id = :kept and m.id = :merged"
        ),
        {"kept": kept, "merged": merged},
    ).one()
    assert row == (kept, "601000418", kept)
    assert consents.in_force(session, customer_id=kept)["marketing_email"].granted is False
    assert len(people.people_of(session, customer_id=kept, today=TODAY)) == 1
    with pytest.raises(IntegrityError), session.begin_nested():
        _contract(session, merged, "U/2")
    with pytest.raises(merging.MergeRefused) as refused:
        _merge(session, kept, merged)
    assert [obstacle.code for obstacle in refused.value.obstacles] == ["merged_already"]


def test_a_chain_of_merges_leads_to_the_last_number_at_once(session: Session) -> None:
    first, second, third = (_create(session, name=f"Klient {index}") for index in range(3))
    _merge(session, second, first)
    _merge(session, third, second)

    found = session.execute(
        text("select merged_into_id from operational.customers where id in (:a, :b)"),
        {"a": first, "b": second},
    ).scalars()
    assert set(found) == {third}


def test_a_merge_is_refused_with_every_reason(session: Session) -> None:
    kept = _create(session, pesel="44051401458")
    merged = _create(session, name="Jan Kowalski", pesel="02070803628")
    contract = _contract(session, merged, "U/9")
    session.execute(
        text(
            "insert into operational.ledger_transfers (debit_account, credit_account, amount, code,"
            " business_date,"
            " customer_id, idempotency_key)"
            " values ('receivable', 'sales', 12.34, 'invoice', :day, :id, 'a-merge')"
        ),
        {"day": TODAY, "id": merged},
    )
    point = session.execute(
        text(
            "insert into operational.supply_points (code, medium, dso_code,"
            " address_id) select '590322000000000017',"
            " 'electricity', code, (select min(id) from operational.addresses) from operational.dsos"
            " where medium = 'electricity' limit 1 returning id"
        )
    ).scalar_one()
    session.execute(
        text(
            "insert into operational.billing_scopes (scope_key, contract_id, supply_point_id, customer_id,"
            " cycle_start)"
            " values ('s', :contract, :point, :customer, :day)"
        ),
        {"contract": contract, "point": point, "customer": merged, "day": TODAY},
    )

    found = merging.plan(session, kept_id=kept, merged_id=merged, as_of=TODAY)

    assert {(row.code, row.what) for row in found.obstacles} == {
        ("other_number", "PESEL"), ("open_amount", "12.34"), ("billed_contract", "U/9"),
    }  # fmt: skip
    assert queries.customer(session, public_id="00000000-0000-0000-0000-000000000000") is None
