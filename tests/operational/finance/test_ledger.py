"""Refunds, write-offs, plans, the journal's export and letters: each once, within what is open, by two
people."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.finance import instalments, policies, queries, refunds, write_offs
from operational.finance.formats.transfers_out import NAMESPACE
from operational.finance.interest.rules import Rate, interest_parts
from operational.finance.ledger import card, journal, printing
from operational.finance.operations import allocate
from operational.kernel import db
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import virtual_account
from operational.kernel.settings import Settings
from tests.factories.finance import MAIN_ACCOUNT, issue, make_payer
from tests.factories.histories import Account, Bill, Transfer, load_accounts
from tests.factories.ledger import pay

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
TODAY = date(2026, 7, 15)
SETTINGS = Settings(seller_accounts=MAIN_ACCOUNT)
PAYEE = virtual_account("11402004", 77)


def d(text_: str) -> Decimal:
    return Decimal(text_)


def account(session: Session, *bills: Bill, transfers: tuple[Transfer, ...] = (), **more: object) -> Account:
    made = Account(1, "household", bills=list(bills), transfers=list(transfers), **more)  # type: ignore[arg-type]
    load_accounts(session, [made])
    return made


def as_person(session: Session, login: str) -> None:
    db.identify(session, actor=f"staff:{login}")


def broken(session: Session) -> list[object]:
    money = {"I05", "I23", "I28", "I29", "I30", "I31", "I32", "I44", "I48", "I49", "I50", "I51"}
    given = invariants.parameters(session, as_of=NOW)
    found = [invariants.run(session, check, given) for check in invariants.checks() if check.code in money]
    assert {result.check.code for result in found} == money
    return [(result.check.name, result.examples) for result in found if result.violations]


def test_gc11_interest_over_three_rates(session: Session) -> None:
    rates = [
        Rate(row.valid_from, row.valid_to, row.rate_pct)
        for row in session.execute(
            text("""select valid_from, coalesce(valid_to, '9999-01-01') as valid_to, rate_pct
                    from operational.interest_rates where kind = 'statutory_delay' order by 1""")
        )
    ]

    parts = interest_parts(
        amount=d("1234.56"), due_date=date(2025, 5, 3), payments=[], rates=rates, through=date(2025, 7, 10)
    )

    assert [(part.period_from, part.days, part.rate_pct) for part in parts] == [
        (date(2025, 5, 6), 2, d("11.25")),
        (date(2025, 5, 8), 56, d("10.75")),
        (date(2025, 7, 3), 8, d("10.50")),
    ]
    assert sum(part.amount for part in parts) == d("23.96")


def test_gc12_a_payment_settles_interest_then_the_bill(session: Session) -> None:
    made = account(
        session,
        Bill("FV/2025/04/000001", d("180.00"), date(2026, 1, 6), date(2026, 1, 20)),
        Bill("FV/2025/04/000002", d("210.00"), date(2026, 2, 6), date(2026, 2, 20)),
        transfers=(Transfer(d("300.00"), date(2026, 3, 31)),),
        is_interest_first=True,
    )

    allocate(session, as_of=NOW)

    left = {
        item.reference: item.open_amount
        for item in queries.open_items(session, customer_id=made.id, on=TODAY)
    }
    asked = session.execute(
        text("""select d.number, sum(l.amount) from operational.interest_note_lines l
                join operational.open_items i on i.id = l.open_item_id join operational.documents d on d.id =
                  i.document_id
                group by 1 order by 1""")
    ).all()
    assert [tuple(row) for row in asked] == [
        ("FV/2025/04/000001", d("3.25")),
        ("FV/2025/04/000002", d("2.09")),
    ]
    assert left == {"FV/2025/04/000002": d("95.34")}
    assert broken(session) == []


def _overpaid(session: Session) -> int:
    payer = make_payer(session)
    document = issue(session, payer, "100.00", on=date(2026, 5, 4), due=date(2026, 5, 18))
    pay(session, payer, d("150.00"), day=date(2026, 5, 10))  # type: ignore[arg-type]
    allocate(session, as_of=NOW)
    assert document
    return payer.id


def ask(session: Session, customer: int, amount: str, **more: str) -> str:
    words = {"account": PAYEE, "recipient": 'Anna "Kłos", Łódź', "title": "Zwrot nadpłaty|x"} | more
    return refunds.request_refund(
        session, customer_id=customer, amount=d(amount), on=TODAY, as_of=NOW, **words
    )


def test_a_refund_needs_two_people_and_leaves_once(session: Session) -> None:
    customer = _overpaid(session)
    as_person(session, "anna")
    with pytest.raises(DomainError, match="50,00"):
        ask(session, customer, "50.01")
    with pytest.raises(DomainError, match="check digits"):
        ask(session, customer, "10.00", account=PAYEE[:-1] + str((int(PAYEE[-1]) + 1) % 10))
    refund = ask(session, customer, "50.00")
    with pytest.raises(DomainError, match="Only 0,00"):
        ask(session, customer, "0.01")  # the credit is asked for already
    with pytest.raises(DomainError) as refused:
        refunds.approve_refund(session, public_id=refund, row_version=1, on=TODAY, as_of=NOW)
    assert refused.value.code == "four_eyes"

    as_person(session, "jan")
    refunds.approve_refund(session, public_id=refund, row_version=1, on=TODAY, as_of=NOW)
    made = refunds.export_refunds(
        session, format_code="pain_001", execute_on=TODAY, settings=SETTINGS, as_of=NOW
    )
    with pytest.raises(DomainError, match="No approved refund"):
        refunds.export_refunds(
            session, format_code="elixir_o", execute_on=TODAY, settings=SETTINGS, as_of=NOW
        )

    content = session.execute(text("select content from operational.transfer_batches")).scalar_one()
    found = {
        node.tag.removeprefix(f"{{{NAMESPACE}}}"): node.text
        for node in ET.fromstring(content).iter()  # noqa: S314  our own file
    }
    assert hashlib.sha256(content).hexdigest() == made.sha256
    assert (found["CtrlSum"], found["InstdAmt"], found["IBAN"]) == ("50.00", "50.00", f"PL{PAYEE}")
    reference: int = session.execute(text("select id from operational.refunds")).scalar_one()
    assert found["Ustrd"] == f"ZW{reference:010} Zwrot nadpłaty x"
    assert queries.balance(session, customer_id=customer) == 0
    assert queries.open_items(session, customer_id=customer, on=TODAY) == []
    assert broken(session) == []


def test_elixir_holds_sixteen_fields_and_a_file_cannot_hold_a_refund_twice(session: Session) -> None:
    customer = _overpaid(session)
    as_person(session, "anna")
    refund = ask(session, customer, "12.34")
    as_person(session, "jan")
    refunds.approve_refund(session, public_id=refund, row_version=1, on=TODAY, as_of=NOW)

    refunds.export_refunds(session, format_code="elixir_o", execute_on=TODAY, settings=SETTINGS, as_of=NOW)

    line = (
        session.execute(text("select content from operational.transfer_batches"))
        .scalar_one()
        .decode("cp1250")
    )
    fields = line.rstrip("\r\n").replace('", ', "\x00").split(",")
    assert fields[:5] == ["110", "20260715", "1234", MAIN_ACCOUNT[2:10], "0"]
    assert "Anna Kłos , Łódź" in line
    assert line.count('"') == 18
    with pytest.raises(DBAPIError, match="transfer_batch_lines_pkey"):
        session.execute(
            text(
                "insert into operational.transfer_batch_lines"
                " select refund_id, batch_id from operational.transfer_batch_lines"
            )
        )


def test_a_small_debt_is_written_off_alone_and_a_large_one_by_two(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "40.00", on=date(2026, 1, 4), due=date(2026, 1, 18))
    issue(session, payer, "400.00", on=date(2026, 2, 4), due=date(2026, 2, 18))
    items = [item.id for item in queries.open_items(session, customer_id=payer.id, on=TODAY)]
    given = {"customer_id": payer.id, "on": TODAY, "as_of": NOW}
    as_person(session, "anna")

    small = write_offs.write_off(session, item_ids=items[:1], reason="Zgon klienta", **given)  # type: ignore[arg-type]
    large = write_offs.write_off(session, item_ids=items[1:], reason="Ugoda", **given)  # type: ignore[arg-type]
    with pytest.raises(DomainError) as alone:
        write_offs.approve_write_off(session, public_id=large.public_id, row_version=1, on=TODAY, as_of=NOW)
    assert (small.is_booked, large.is_booked, alone.value.code) == (True, False, "four_eyes")
    assert queries.balance(session, customer_id=payer.id) == d("400.00")

    as_person(session, "jan")
    write_offs.approve_write_off(session, public_id=large.public_id, row_version=1, on=TODAY, as_of=NOW)
    assert queries.balance(session, customer_id=payer.id) == 0
    with pytest.raises(DomainError, match="Choose open debts"):
        write_offs.write_off(session, item_ids=items, reason="Jeszcze raz", **given)  # type: ignore[arg-type]
    assert broken(session) == []


def test_small_differences_go_both_ways_and_real_debts_stay(session: Session) -> None:
    below, above, credit = (make_payer(session, serial) for serial in (1, 2, 3))
    issue(session, below, "0.60", on=date(2026, 1, 4), due=date(2026, 1, 18))
    issue(session, above, "1.01", on=date(2026, 1, 4), due=date(2026, 1, 18))
    pay(session, credit, d("0.40"), day=date(2026, 1, 10))  # type: ignore[arg-type]

    cleared = [
        write_offs.clear_small_differences(session, on=TODAY, as_of=NOW, reason="Saldo") for _ in range(2)
    ]

    balances = [queries.balance(session, customer_id=item.id) for item in (below, above, credit)]
    assert (cleared, balances) == ([2, 0], [0, d("1.01"), 0])
    assert broken(session) == []


def test_a_plan_adds_up_and_ends_by_payment_or_by_missed_parts(session: Session) -> None:
    paid, late = make_payer(session, 1), make_payer(session, 2)
    for payer in (paid, late):
        issue(session, payer, "100.00", on=date(2026, 1, 4), due=date(2026, 1, 18))
    plans = {}
    for payer in (paid, late):
        items = [item.id for item in queries.open_items(session, customer_id=payer.id, on=TODAY)]
        plans[payer.id] = instalments.agree_plan(
            session,
            customer_id=payer.id,
            item_ids=items,
            parts=3,
            first_due=date(2026, 8, 10),
            interest_rule="none",
            on=TODAY,
            as_of=NOW,
        )
        with pytest.raises(DomainError, match="no running plan"):
            instalments.agree_plan(
                session,
                customer_id=payer.id,
                item_ids=items,
                parts=2,
                first_due=date(2026, 8, 10),
                interest_rule="none",
                on=TODAY,
                as_of=NOW,
            )
    sums = session.execute(
        text("select sum(amount) from operational.instalments group by agreement_id")
    ).scalars()
    assert list(sums) == [d("100.00"), d("100.00")]

    pay(session, paid, d("100.00"), day=date(2026, 8, 5))  # type: ignore[arg-type]
    pay(session, late, d("33.33"), day=date(2026, 8, 5))  # type: ignore[arg-type]
    allocate(session, as_of=NOW)
    first = instalments.check_plans(session, on=date(2026, 9, 11), as_of=NOW)
    second = instalments.check_plans(session, on=date(2026, 10, 11), as_of=NOW)
    third = instalments.check_plans(session, on=date(2026, 10, 12), as_of=NOW)

    states = dict(session.execute(text("select customer_id, status from operational.instalment_plans")).all())
    assert [(item.completed, item.breached) for item in (first, second, third)] == [(1, 0), (0, 1), (0, 0)]
    assert broken(session) == []
    assert states == {paid.id: "completed", late.id: "breached"}
    with pytest.raises(DomainError, match="at most 18"):
        instalments.agree_plan(
            session,
            customer_id=late.id,
            parts=1,
            first_due=date(2026, 8, 10),
            interest_rule="contract",
            contract_rate_pct=d("18.51"),
            on=TODAY,
            as_of=NOW,
            item_ids=[item.id for item in queries.open_items(session, customer_id=late.id, on=TODAY)],
        )


def test_the_journal_leaves_once_and_is_the_same_whenever_it_is_written(session: Session) -> None:
    customer = _overpaid(session)
    first = journal.export_period(session, period=date(2026, 5, 1), as_of=NOW)
    assert first is not None
    files = [
        journal.batch_file(session, public_id=first.public_id, format_code=code) for code in ("csv", "json")
    ]
    assert journal.export_period(session, period=date(2026, 5, 1), as_of=NOW) is None

    journal.map_account(session, code="bank", erp_account="=131-9", valid_from=TODAY, as_of=NOW)
    payer = make_payer(session, 5)
    issue(session, payer, "7.00", on=date(2026, 5, 30), due=date(2026, 6, 18))
    second = journal.export_period(session, period=date(2026, 5, 1), as_of=NOW)

    again = [
        journal.batch_file(session, public_id=first.public_id, format_code=code) for code in ("csv", "json")
    ]
    assert again == files
    assert second is not None and (second.batch_no, second.movements, second.total) == (2, 1, d("7.00"))
    told = json.loads(files[1][1])
    assert (told["total"], [entry["debit_account"] for entry in told["entries"]]) == (
        "250.00",
        ["201-1", "131-1"],
    )
    assert customer
    chart = {row.code: row.balance for row in journal.chart(session, on=TODAY)}
    assert (chart["receivable"], chart["bank"], chart["sales"]) == (d("-43.00"), d("150.00"), d("107.00"))


def test_the_card_pages_backwards_with_the_balance_of_every_line(session: Session) -> None:
    made = account(
        session,
        *(Bill(f"FV/2025/04/{n:06}", d(f"{n}.00"), date(2026, 1, n), date(2026, 2, n)) for n in range(1, 6)),
        transfers=(Transfer(d("4.50"), date(2026, 1, 3)),),
    )

    whole = card.card_page(session, customer_id=made.id)
    page = card.card_page(session, customer_id=made.id, date_from=date(2026, 1, 2), limit=2, offset=1)

    assert [line.balance for line in whole.lines] == [
        d("10.50"),
        d("5.50"),
        d("1.50"),
        d("6.00"),
        d("3.00"),
        d("1.00"),
    ]
    assert (page.total, page.opening, page.closing, page.charged, page.paid) == (
        5,
        d("1.00"),
        d("10.50"),
        d("14.00"),
        d("4.50"),
    )
    assert [line.balance for line in page.lines] == [line.balance for line in whole.lines[1:3]]


def test_letters_are_pdf_and_the_same_every_time(session: Session) -> None:
    made = account(
        session,
        Bill("FV/2025/04/000001", d("1800.00"), date(2026, 1, 6), date(2026, 1, 20)),
        transfers=(Transfer(d("300.00"), date(2026, 3, 31)),),
        is_interest_first=True,
    )
    allocate(session, as_of=NOW)
    note = session.execute(text("select public_id::text from operational.interest_notes")).scalar_one()

    letters = [
        (
            printing.note_pdf(session, public_id=note, settings=SETTINGS)[1],
            printing.confirmation_pdf(session, customer_id=made.id, on=TODAY, settings=SETTINGS),
        )
        for _ in range(2)
    ]

    assert letters[0] == letters[1]
    assert all(letter.startswith(b"%PDF") for letter in letters[0])


def test_terms_of_a_customer_hold_from_their_day(session: Session) -> None:
    payer = make_payer(session)
    for mode, day in (("next_bill", date(2026, 1, 1)), ("none", date(2026, 6, 1))):
        policies.set_terms(
            session,
            customer_id=payer.id,
            interest_mode=mode,
            rate_kind=None,
            allocation_order="interest_first",
            valid_from=day,
            as_of=NOW,
        )

    found = [
        policies.terms_of(session, customer_id=payer.id, on=day).interest_mode
        for day in (date(2025, 12, 31), date(2026, 3, 1), date(2026, 6, 1))
    ]

    assert found == ["note", "next_bill", "none"]
