"""Refunds seen on the statement, notes named in titles, requests to write off, and a map without holes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.finance import queries, refunds, refunds_paid, write_offs
from operational.finance.formats.statements import BankLine
from operational.finance.interest.writing import drop_due, write_notes
from operational.finance.operations import allocate, import_bank_file, request_write_off
from operational.finance.results import BankImportResult
from operational.kernel import db
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import virtual_account
from operational.kernel.settings import Settings
from tests.factories.finance import MAIN_ACCOUNT, Payer, bank_file, issue, make_payer, transfer

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
TODAY = date(2026, 7, 15)
PAYEE = virtual_account("11402004", 77)
MONEY = {"I05", "I24", "I28", "I29", "I32", "I49", "I51"}


def sent(session: Session, payer: Payer, *amounts: str, account: str = PAYEE) -> list[int]:
    """Let the payer overpay, and send refunds of these amounts to the bank; return their ids."""
    total = sum(Decimal(amount) for amount in amounts)
    load(
        session, transfer(total, to=payer.account, reference=f"IN{payer.id}", on=date(2026, 7, 10)), name="in"
    )
    for amount in amounts:
        db.identify(session, actor="staff:anna")
        asked = refunds.request_refund(
            session, customer_id=payer.id, amount=Decimal(amount), account=account, recipient="Anna Kłos",
            title="Zwrot nadpłaty", on=TODAY, as_of=NOW,
        )  # fmt: skip
        db.identify(session, actor="staff:jan")
        refunds.approve_refund(session, public_id=asked, row_version=1, on=TODAY, as_of=NOW)
    refunds.export_refunds(
        session, format_code="elixir_o", execute_on=TODAY, as_of=NOW,
        settings=Settings(seller_accounts=MAIN_ACCOUNT),
    )  # fmt: skip
    found = session.execute(
        text("select id from operational.refunds where customer_id = :id order by id"), {"id": payer.id}
    )
    return list(found.scalars())


def load(session: Session, *lines: BankLine, name: str = "w.sta") -> BankImportResult:
    day = max(line.booking_date for line in lines)
    return import_bank_file(session, content=bank_file(lines, on=day), name=name, as_of=NOW)


def account(session: Session, code: str) -> Decimal:
    found: Decimal = session.execute(
        text("""select coalesce(sum(case when credit_account = :code then amount else -amount end), 0.00)
                from operational.ledger_transfers where :code in (debit_account, credit_account)"""),
        {"code": code},
    ).scalar_one()
    return found


def states(session: Session) -> list[tuple[str, date | None]]:
    rows = session.execute(text("select status, paid_on from operational.refunds order by id"))
    return [(row.status, row.paid_on) for row in rows]


def broken(session: Session, codes: Sequence[str] = sorted(MONEY)) -> list[object]:
    given = invariants.parameters(session, as_of=NOW)
    found = [invariants.run(session, check, given) for check in invariants.checks() if check.code in codes]
    return [(result.check.name, result.examples) for result in found if result.violations]


def test_refunds_are_paid_by_reference_or_by_account_and_amount_and_a_wrong_amount_is_shown(
    session: Session,
) -> None:
    first, second, odd = sent(session, make_payer(session), "50.00", "50.00", "7.00")
    (lone,) = sent(session, make_payer(session, 2), "12.34", account=virtual_account("10902590", 5))
    assert account(session, "refunds_payable") == Decimal("119.34")
    out = TODAY + timedelta(days=1)
    lines = [
        transfer("-50.00", title=f"ZW{second:010} Zwrot", reference="R1", on=out, payer_account=PAYEE),
        # Two refunds have this account and amount: without our reference nothing is guessed.
        transfer("-50.00", title="Zwrot", reference="R2", on=out, payer_account=PAYEE),
        transfer("-6.99", title=f"ZW{odd:010} Zwrot", reference="R3", on=out, payer_account=PAYEE),
        transfer("-12.34", title="przelew", reference="R4", on=out,
                 payer_account=virtual_account("10902590", 5)),
        transfer("-3.50", title="prowizja", reference="R5", on=out),
    ]  # fmt: skip

    result = load(session, *lines)

    assert (result.outgoing, result.refunds_paid) == (5, 2)
    assert states(session) == [("exported", None), ("paid", out), ("exported", None), ("paid", out)]
    assert account(session, "refunds_payable") == Decimal("57.00")
    assert account(session, "bank_other") == Decimal("-60.49")  # what no refund explains: 50.00, 6.99, 3.50
    (shown,) = refunds_paid.odd_refunds(session)
    assert (shown.amount, shown.paid_amount) == (Decimal("7.00"), Decimal("6.99"))
    assert broken(session) == []

    again = load(
        session, *lines, transfer("-50.00", title=f"ZW{first:010}", reference="R6", on=out), name="2"
    )
    assert again.refunds_paid == 1
    assert refunds_paid.clear_refunds(session, as_of=NOW) == 0
    assert (lone, account(session, "refunds_payable")) == (lone, Decimal("7.00"))
    assert broken(session) == []


def test_a_refund_that_comes_back_is_a_credit_of_its_customer_again(session: Session) -> None:
    payer = make_payer(session)
    (refund,) = sent(session, payer, "80.00")
    assert queries.balance(session, customer_id=payer.id) == 0
    back = transfer("80.00", title=f"Zwrot przelewu ZW{refund:010}", reference="R9", on=date(2026, 7, 17))
    load(session, back)
    load(session, transfer("-80.00", title=f"ZW{refund:010}", reference="R8", on=date(2026, 7, 16)), name="b")
    assert states(session) == [("paid", date(2026, 7, 16))]
    assert queries.balance(session, customer_id=payer.id) == Decimal("-80.00")
    assert account(session, "refunds_payable") == 0
    assert refunds.free_credit(session, customer_id=payer.id) == Decimal("80.00")
    assert broken(session) == []


def interest_note(session: Session, payer: Payer, item: int, amount: str) -> str:
    """Issue an interest note over one open item; return its number."""
    drop_due(session)
    session.execute(
        text("""create temp table note_lines_due on commit drop as
          select cast(:customer as bigint) as customer_id,
          'interest_note' as note_kind, cast(:item as bigint) as open_item_id, 'interest' as kind,
          'statutory_delay' as rate_kind, date '2026-02-01' as period_from, date '2026-03-01' as period_to,
          100.00 as principal, 10.0 as rate_pct, cast(null as numeric) as eur,
          cast(null as numeric) as eur_rate, cast(:amount as numeric) as amount"""),
        {"customer": payer.id, "item": item, "amount": Decimal(amount)},
    )
    session.execute(
        text("""create temp table note_heads_due on commit drop as select customer_id,
          note_kind,
          date '2026-03-02' as issue_date, date '2026-03-16' as due_date,
          date '2026-02-28' as through, amount,
          'run' as origin, cast(null as bigint) as bill_id from pg_temp.note_lines_due""")
    )
    (made,) = write_notes(session, as_of=NOW)
    drop_due(session)
    return str(
        session.execute(
            text("select number from operational.interest_notes where id = :id"), {"id": made.note_id}
        ).scalar_one()
    )


def test_the_number_of_a_note_in_the_title_names_the_customer_and_the_debt(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "100.00", on=date(2026, 1, 1), due=date(2026, 1, 15))
    item = queries.open_items(session, customer_id=payer.id, on=TODAY)[0].id
    number = interest_note(session, payer, item, "8.25")
    load(session, transfer("8.25", title=f"nota {number.replace('/', ' ')}", reference="N1"))
    assert session.execute(text("select customer_id, matched_by from operational.payments")).one() == (
        payer.id, "document_number",
    )  # fmt: skip
    left = queries.open_items(session, customer_id=payer.id, on=TODAY)
    assert [(row.reference, row.open_amount) for row in left] == [("FV/2026/01/000001", Decimal("100.00"))]
    rules = session.execute(text("select rule from operational.allocations")).scalars().all()
    assert rules == ["indicated"]


def test_a_request_to_write_off_always_waits_for_somebody_else_and_only_once(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "5.00", on=date(2026, 1, 1), due=date(2026, 1, 15))
    items = [row.id for row in queries.open_items(session, customer_id=payer.id, on=TODAY)]
    given = {"customer_id": payer.id, "item_ids": items, "reason": "upadłość", "on": TODAY, "as_of": NOW}
    db.identify(session, actor="staff:anna")
    asked = request_write_off(session, **given)  # type: ignore[arg-type]
    assert not asked.is_booked
    for attempt in (request_write_off, write_offs.write_off):
        with pytest.raises(DomainError) as refused:
            attempt(session, **given)  # type: ignore[operator]
        assert refused.value.code == "write_off_waits"
    with pytest.raises(DomainError) as own:
        write_offs.approve_write_off(session, public_id=asked.public_id, row_version=1, on=TODAY, as_of=NOW)
    assert own.value.code == "four_eyes"
    assert write_offs.clear_small_differences(session, on=TODAY, as_of=NOW, reason="razem") == 0

    db.identify(session, actor="staff:jan")
    write_offs.approve_write_off(session, public_id=asked.public_id, row_version=1, on=TODAY, as_of=NOW)
    assert queries.balance(session, customer_id=payer.id) == 0
    assert allocate(session, customer_ids=[payer.id], as_of=NOW).allocations == 0
    assert broken(session) == []


def test_every_account_has_a_number_and_a_place_in_the_erp(session: Session) -> None:
    holes = session.execute(
        text("""select a.code from operational.accounts a where a.number = '' or not exists (
                  select from operational.erp_account_map m where m.account_code = a.code
                  and m.superseded_at is null and m.valid_from <= '2016-01-01' and m.valid_to is null)""")
    )
    assert holes.scalars().all() == []
    twice = text("select number from operational.accounts group by number having count(*) > 1")
    assert session.execute(twice).scalars().all() == []
