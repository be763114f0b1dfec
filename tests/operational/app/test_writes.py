"""Forms act once, conflicts lose nothing, and what a form says is what the database holds."""

import io
import threading
import uuid
from collections.abc import Callable

from sqlalchemy import text

from operational.kernel import db
from tests.factories.staff import PASSWORD
from tests.operational.app.conftest import Desk

CONTACT = {
    "email": "nowy@example.pl",
    "phone": "602 000 111",
    "invoice_channel": "email",
    "language": "pl",
    "street": "ul. Lipowa",
    "building": "12",
    "flat": "4",
    "postal_code": "30-001",
    "city": "Kraków",
}
CUSTOMER = {
    "kind": "household",
    "name": "Zażółć Gęślą",
    "nip": "",
    "pesel": "",
    "email": "",
    "phone": "",
    "invoice_channel": "ebok",
    "street": "ul. Nowa",
    "building": "1",
    "flat": "",
    "postal_code": "00-950",
    "city": "Warszawa",
}


def _key() -> dict[str, str]:
    return {"form_key": str(uuid.uuid4())}


def _value(desk: Desk, sql: str, **given: object) -> object:
    with db.open_session("app", actor="test", database=desk.database) as session:
        return session.execute(text(sql), given).scalar()


def test_a_new_customer_gets_the_next_number_and_an_own_account(own_desk: Desk) -> None:
    client = own_desk.client("clerk")

    answer = client.post("/customers/new", data={**CUSTOMER, **_key()})

    assert answer.status_code == 303
    html = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Zażółć Gęślą" in html
    assert "20419" in html
    assert _value(
        own_desk, "select search_name from operational.customers where customer_number = '20419'"
    ) == ("zazolc gesla")


def test_the_same_form_sent_twice_creates_one_customer(own_desk: Desk) -> None:
    client, data = own_desk.client("clerk"), {**CUSTOMER, **_key()}

    answers = [client.post("/customers/new", data=data) for _ in range(2)]

    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert _value(own_desk, "select count(*) from operational.customers where name = 'Zażółć Gęślą'") == 1


def test_the_same_form_sent_ten_times_at_once_creates_one_customer(own_desk: Desk) -> None:
    data, answers = {**CUSTOMER, **_key()}, []
    clients = [own_desk.client("clerk") for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda c=client: answers.append(c.post("/customers/new", data=data).status_code)
        )
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) == {303}
    assert _value(own_desk, "select count(*) from operational.customers where name = 'Zażółć Gęślą'") == 1


def test_a_used_form_key_with_other_content_is_a_conflict(own_desk: Desk) -> None:
    client, key = own_desk.client("clerk"), _key()
    client.post("/customers/new", data={**CUSTOMER, **key})

    assert client.post("/customers/new", data={**CUSTOMER, **key, "name": "Inna"}).status_code == 409


def test_mistakes_are_named_beside_their_fields_and_nothing_is_saved(own_desk: Desk) -> None:
    wrong = {**CUSTOMER, **_key(), "kind": "business", "nip": "123", "postal_code": "950", "name": "Spółka"}

    answer = own_desk.client("clerk").post("/customers/new", data=wrong)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "Błędny NIP" in html
    assert "Zapisz kod pocztowy" in html
    assert 'value="Spółka"' in html  # what was typed stays
    assert _value(own_desk, "select count(*) from operational.customers") == 1
    assert _value(own_desk, "select count(*) from operational.idempotency_keys") == 0


def test_a_second_customer_with_the_same_nip_is_refused_with_the_reason(own_desk: Desk) -> None:
    answer = own_desk.client("clerk").post(
        "/customers/new",
        data={**CUSTOMER, **_key(), "kind": "business", "nip": "123 456 32 18", "is_another": "1"},
    )

    assert answer.status_code == 422
    assert "już istnieje" in answer.get_data(as_text=True)


def test_contact_data_are_changed_and_the_history_says_who_did_it(own_desk: Desk) -> None:
    client, address = own_desk.client("clerk"), f"/customers/{own_desk.office.ids['customer']}"

    answer = client.post(f"{address}/edit", data={**CONTACT, **_key(), "row_version": "1"})

    assert answer.status_code == 303
    html = client.get(f"{address}/history").get_data(as_text=True)
    assert "staff:clerk" in html
    assert "nowy@example.pl" in html


def test_a_moved_customer_gets_another_address_and_the_old_one_stays(own_desk: Desk) -> None:
    client, before = own_desk.client("clerk"), _value(own_desk, "select count(*) from operational.addresses")
    data = {**CONTACT, "street": "ul. Inna", **_key(), "row_version": "1"}

    client.post(f"/customers/{own_desk.office.ids['customer']}/edit", data=data)

    assert _value(own_desk, "select count(*) from operational.addresses") == int(str(before)) + 1
    html = client.get(f"/customers/{own_desk.office.ids['customer']}").get_data(as_text=True)
    assert "ul. Inna 12" in html


def test_two_clerks_editing_at_once_lose_nothing(own_desk: Desk) -> None:
    address = f"/customers/{own_desk.office.ids['customer']}"
    first, second = own_desk.client("clerk"), own_desk.client("admin")
    first.post(f"{address}/edit", data={**CONTACT, **_key(), "row_version": "1"})

    answer = second.post(
        f"{address}/edit", data={**CONTACT, **_key(), "row_version": "1", "email": "inny@example.pl"}
    )
    html = answer.get_data(as_text=True)

    assert answer.status_code == 409
    assert "staff:clerk" in html  # who was faster
    assert "nowy@example.pl" in html  # what is saved
    assert "inny@example.pl" in html  # and what I typed
    assert _value(own_desk, "select email from operational.customers where customer_number = '20418'") == (
        "nowy@example.pl"
    )
    mine = {**CONTACT, **_key(), "row_version": "2", "email": "inny@example.pl"}
    assert second.post(f"{address}/edit", data=mine).status_code == 303


def test_a_note_stands_on_the_timeline(own_desk: Desk) -> None:
    client, address = own_desk.client("clerk"), f"/customers/{own_desk.office.ids['customer']}"

    client.post(f"{address}/notes", data={"body": "Prosi o raty", **_key()})

    assert "Prosi o raty" in client.get(address).get_data(as_text=True)


def test_extra_fields_of_a_form_change_nothing(own_desk: Desk) -> None:
    data = {**CONTACT, **_key(), "row_version": "1", "name": "Hacked", "virtual_account": "1" * 26, "nip": ""}

    own_desk.client("clerk").post(f"/customers/{own_desk.office.ids['customer']}/edit", data=data)

    assert _value(own_desk, "select count(*) from operational.customers where name = 'Hacked'") == 0
    assert (
        _value(own_desk, "select nip from operational.customers where customer_number = '20418'")
        == "1234563218"
    )


def test_a_payment_in_suspense_is_posted_to_the_chosen_customer_and_taken_back(own_desk: Desk) -> None:
    client, ids = own_desk.client("finance"), own_desk.office.ids
    address = f"/payments/{ids['suspense']}"
    assert "PIEKARNIA KLOS" in client.get("/suspense").get_data(as_text=True)

    client.post(f"{address}/assign", data={"customer": ids["customer"], **_key()})

    assert (
        _value(
            own_desk,
            "select matched_by from operational.payments where id = :id",
            id=own_desk.office.numbers["suspense"],
        )
        == "person"
    )
    assert "zaksięgowana" in client.get(address).get_data(as_text=True)
    client.post(f"{address}/unassign", data=_key())
    assert "PIEKARNIA KLOS" in client.get("/suspense").get_data(as_text=True)


def test_a_payment_without_a_chosen_customer_stays_where_it_is(own_desk: Desk) -> None:
    client, address = own_desk.client("finance"), f"/payments/{own_desk.office.ids['suspense']}"

    answer = client.post(f"{address}/assign", data={"customer": "x", **_key()}, follow_redirects=True)

    assert "Najpierw wybierz klienta" in answer.get_data(as_text=True)


def test_a_broken_bank_file_is_refused_with_the_reason_and_shown_in_the_quarantine(own_desk: Desk) -> None:
    client = own_desk.client("finance")

    answer = client.post(
        "/bank-files",
        data={"file": (io.BytesIO(b"\x00\x01 no bank file"), "<b>../x.sta"), **_key()},
        follow_redirects=True,
    )

    html = answer.get_data(as_text=True)
    assert "odrzucono" in html
    assert (
        "<b>"
        not in html.replace('<b class="tn">', "")[html.index("odrzucono") : html.index("odrzucono") + 300]
    )
    assert _value(own_desk, "select count(*) from raw.rejected_files where name = 'x.sta'") == 1


def test_a_quarantined_row_is_closed_once(own_desk: Desk) -> None:
    client, row = own_desk.client("billing"), own_desk.office.numbers["row"]
    address = f"/files/rows/{row}/resolve"

    assert client.post(address, data={"resolution": "fixed", **_key()}).status_code == 303
    assert client.post(address, data={"resolution": "fixed", **_key()}).status_code == 409
    assert (
        _value(own_desk, "select resolved_by from raw.rejected_rows where id = :id", id=row)
        == "staff:billing"
    )


def test_an_exception_is_closed_and_a_stale_page_is_told_so(own_desk: Desk) -> None:
    client, address = (
        own_desk.client("billing"),
        f"/billing/exceptions/{own_desk.office.ids['exception']}/resolve",
    )

    first = client.post(address, data={"resolution": "dismissed", "row_version": "1", **_key()})
    second = client.post(address, data={"resolution": "fixed", "row_version": "1", **_key()})

    assert first.status_code == 303
    assert second.status_code in (409, 422)
    assert _value(own_desk, "select resolution from operational.billing_exceptions") == "dismissed"


def test_a_new_user_can_log_in_and_a_weak_password_is_refused(own_desk: Desk) -> None:
    admin = own_desk.client("admin")
    given = {"login": "Nowa", "name": "Nowa Osoba", "role": "clerk"}

    weak = admin.post("/staff/new", data={**given, "password": "12345678", **_key()})
    created = admin.post("/staff/new", data={**given, "password": "cztery-pory-roku", **_key()})

    assert weak.status_code == 422
    assert created.status_code == 303
    client = own_desk.client()
    assert client.post("/login", data={"login": "nowa", "password": "cztery-pory-roku"}).status_code == 303


def test_a_new_password_ends_the_sessions_of_the_user(own_desk: Desk) -> None:
    clerk, admin = own_desk.client("clerk"), own_desk.client("admin")

    admin.post(
        f"/staff/{own_desk.office.users['clerk']}/password",
        data={"password": "zupelnie-inne-haslo", **_key()},
    )

    assert clerk.get("/").status_code == 303
    assert own_desk.client().post("/login", data={"login": "clerk", "password": PASSWORD}).status_code == 401


def test_nobody_disables_their_own_account(own_desk: Desk) -> None:
    admin = own_desk.client("admin")

    admin.post(
        f"/staff/{own_desk.office.users['admin']}/active",
        data={"is_active": "0", "row_version": "1", **_key()},
    )

    assert admin.get("/").status_code == 200


def test_the_audit_trail_never_shows_a_password_hash(own_desk: Desk) -> None:
    admin = own_desk.client("admin")
    admin.post(
        f"/staff/{own_desk.office.users['clerk']}/password",
        data={"password": "zupelnie-inne-haslo", **_key()},
    )

    html = admin.get("/audit?table=staff_users").get_data(as_text=True)

    assert "•••" in html
    assert "argon2" not in html
    kept = _value(
        own_desk,
        "select string_agg(before::text || coalesce(after::text, ''), ' ') from operational.audit_trail",
    )
    assert "password_hash" in str(kept)
    assert "argon2" not in str(kept)


def test_a_form_drawn_by_the_page_carries_a_key_of_its_own(
    own_desk: Desk, form_field: Callable[[str, str], str]
) -> None:
    client = own_desk.client("clerk")
    keys = {form_field(client.get("/customers/new").get_data(as_text=True), "form_key") for _ in range(2)}

    assert len(keys) == 2
