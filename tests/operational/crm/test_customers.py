"""Customers: numbers, accounts, duplicates, changes under optimistic locking, lists."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers import operations, queries
from operational.crm.customers.rules import wrong_fields
from operational.kernel.identifiers import is_valid_nrb

GIVEN = {
    "kind": "household",
    "name": "Żaneta Łęcka",
    "nip": "",
    "pesel": "",
    "email": "",
    "phone": "",
    "invoice_channel": "ebok",
    "street": "ul. Nowa",
    "building": "1",
    "flat": "",
    "postal_code": "00-950",
    "city": "Łódź",
}
CONTACT = {name: GIVEN.get(name, "") for name in operations.CONTACT_FIELDS} | {"language": "pl"}
TODAY = date(2026, 7, 15)


def _create(session: Session, **changes: str) -> operations.NewCustomer:
    return operations.create_customer(session, given={**GIVEN, **changes}, bank_code="99900009", as_of=TODAY)


def test_numbers_follow_each_other_and_accounts_have_valid_check_digits(session: Session) -> None:
    made = [_create(session, name=f"Klient {index}") for index in range(3)]
    accounts = (
        session.execute(text("select virtual_account from operational.customers order by id")).scalars().all()
    )

    assert [int(customer.customer_number) for customer in made] == [10_001, 10_002, 10_003]
    assert len(set(accounts)) == 3
    assert all(is_valid_nrb(account) for account in accounts)


def test_a_second_customer_with_the_same_pesel_is_refused_and_names_the_first(session: Session) -> None:
    first = _create(session, pesel="44051401458")

    with pytest.raises(operations.CustomerExists) as refused:
        _create(session, pesel="44051401458")

    assert first.customer_number in refused.value.message


def test_a_change_with_an_old_version_changes_nothing(session: Session) -> None:
    made = _create(session)
    operations.change_contact(
        session, customer_id=made.id, given={**CONTACT, "email": "a@example.pl"}, row_version=1
    )

    with pytest.raises(operations.CustomerChanged):
        operations.change_contact(
            session, customer_id=made.id, given={**CONTACT, "email": "b@example.pl"}, row_version=1
        )

    found = queries.customer(session, public_id=made.public_id)
    assert found is not None
    assert (found.email, found.row_version) == ("a@example.pl", 2)


def test_an_unknown_customer_cannot_be_changed_or_noted(session: Session) -> None:
    with pytest.raises(operations.CustomerNotFound):
        operations.change_contact(session, customer_id=999, given=CONTACT, row_version=1)
    with pytest.raises(operations.CustomerNotFound):
        operations.add_note(session, customer_id=999, body="x")


@pytest.mark.parametrize("order", ["name", "number", "since", "balance", "overdue", "no such order"])
def test_every_order_of_the_list_gives_the_same_customers(session: Session, order: str) -> None:
    for index in range(4):
        _create(session, name=f"Klient {index}")
    narrowed = queries.CustomerFilter(order=order)

    found = queries.customer_list(session, narrowed=narrowed, today=TODAY, offset=0, limit=10)
    paged = [
        row
        for offset in (0, 2)
        for row in queries.customer_list(session, narrowed=narrowed, today=TODAY, offset=offset, limit=2)
    ]

    assert {row.name for row in found} == {f"Klient {index}" for index in range(4)}
    assert paged == found


@pytest.mark.parametrize(
    ("filtered", "is_found"),
    [
        ({"name": "lecka"}, True),
        ({"name": "%"}, False),
        ({"city": "lod"}, True),
        ({"kind": "business"}, False),
        ({"medium": "gas"}, False),
        ({"is_overdue": True}, False),
    ],
)
def test_filters_of_the_list_mean_what_they_say(
    session: Session, filtered: dict[str, object], is_found: bool
) -> None:
    _create(session)
    narrowed = queries.CustomerFilter(**filtered)  # type: ignore[arg-type]

    assert (
        bool(queries.customer_list(session, narrowed=narrowed, today=TODAY, offset=0, limit=10)) is is_found
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("nip", "1234563219", "invalid_nip"),
        ("pesel", "44051401459", "invalid_pesel"),
        ("email", "a@b", "invalid_email"),
        ("phone", "12", "invalid_phone"),
        ("postal_code", "00950", "invalid_postal_code"),
        ("name", "", "missing_value"),
        ("kind", "martian", "unknown_kind"),
        ("invoice_channel", "pigeon", "unknown_channel"),
    ],
)
def test_each_mistake_is_named_by_its_field(field: str, value: str, code: str) -> None:
    assert wrong_fields({**GIVEN, field: value}) == {field: code}


def test_a_business_needs_a_nip_and_invoices_by_email_an_address() -> None:
    assert wrong_fields({**GIVEN, "kind": "business"}) == {"nip": "missing_value"}
    assert wrong_fields({**GIVEN, "invoice_channel": "email"}) == {"email": "missing_value"}


@given(st.dictionaries(st.sampled_from(sorted(GIVEN)), st.text(max_size=40)))
def test_no_text_whatever_breaks_the_checks(typed: dict[str, str]) -> None:
    wrong = wrong_fields({**GIVEN, **typed})

    assert set(wrong) <= set(GIVEN)
