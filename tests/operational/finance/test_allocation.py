"""Credits are used up for debts in the order of art. 451 of the Civil Code, never more than there is."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.operations import allocate, import_bank_file
from tests.factories.finance import (
    Payer,
    bank_file,
    document_number,
    issue,
    make_payer,
    make_payers,
    transfer,
)

NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 31)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5)


def pay(session: Session, payer: Payer, amount: str, *, title: str = "oplata", reference: str = "B1") -> None:
    line = transfer(amount, to=payer.account, title=title, reference=reference)
    import_bank_file(session, content=bank_file([line]), name=f"{reference}.sta", as_of=NOW)


def open_amounts(session: Session, payer: Payer) -> dict[str, Decimal]:
    items = queries.open_items(session, customer_id=payer.id, on=TODAY)
    return {item.reference: item.open_amount for item in items}


def rules_used(session: Session) -> list[str]:
    return list(session.execute(text("select rule from operational.allocations order by id")).scalars())


def test_a_payment_without_indication_settles_the_oldest_due_debt_first(session: Session) -> None:
    """Golden case GC12 on principal: 300.00 against 180.00 due in January and 210.00 due in February."""
    payer = make_payer(session)
    issue(session, payer, "210.00", on=FEBRUARY, due=date(2026, 2, 20))
    issue(session, payer, "180.00", on=JANUARY, due=date(2026, 1, 20))
    pay(session, payer, "300.00")
    assert open_amounts(session, payer) == {"FV/2026/02/000001": Decimal("90.00")}
    assert rules_used(session) == ["oldest_due", "oldest_due"]


def test_the_document_named_in_the_title_comes_first_and_the_rest_goes_to_the_oldest(
    session: Session,
) -> None:
    payer = make_payer(session)
    issue(session, payer, "180.00", on=JANUARY, due=date(2026, 1, 20))
    second = issue(session, payer, "210.00", on=FEBRUARY, due=date(2026, 2, 20))
    pay(session, payer, "300.00", title=f"za {document_number(session, second)}")
    assert open_amounts(session, payer) == {"FV/2026/01/000001": Decimal("90.00")}
    assert rules_used(session) == ["indicated", "oldest_due"]


def test_several_named_documents_are_settled_in_the_order_named(session: Session) -> None:
    payer = make_payer(session)
    months = (JANUARY, FEBRUARY, MARCH)
    numbers = [document_number(session, issue(session, payer, "100.00", on=on, due=on)) for on in months]
    pay(session, payer, "150.00", title=f"{numbers[2]}, {numbers[1]}")
    assert open_amounts(session, payer) == {numbers[0]: Decimal("100.00"), numbers[1]: Decimal("50.00")}


def test_two_payments_for_one_document_use_no_more_than_it_needs(session: Session) -> None:
    payer = make_payer(session)
    oldest = document_number(session, issue(session, payer, "100.00", on=JANUARY, due=JANUARY))
    named = document_number(session, issue(session, payer, "100.00", on=FEBRUARY, due=FEBRUARY))
    lines = [transfer("80.00", to=payer.account, title=named, reference=f"B{n}") for n in range(2)]
    import_bank_file(session, content=bank_file(lines), name="a.sta", as_of=NOW)
    assert open_amounts(session, payer) == {oldest: Decimal("40.00")}


def test_a_document_of_somebody_else_in_the_title_indicates_nothing(session: Session) -> None:
    payer, other = make_payer(session, 1), make_payer(session, 2)
    foreign = document_number(session, issue(session, other, "100.00", on=JANUARY, due=JANUARY))
    own = document_number(session, issue(session, payer, "100.00", on=FEBRUARY, due=FEBRUARY))
    pay(session, payer, "60.00", title=foreign)
    assert open_amounts(session, payer) == {own: Decimal("40.00")}
    assert open_amounts(session, other) == {foreign: Decimal("100.00")}


def test_a_correction_in_minus_settles_its_own_invoice_before_the_oldest(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "100.00", on=JANUARY, due=JANUARY)
    second = issue(session, payer, "100.00", on=FEBRUARY, due=FEBRUARY)
    issue(session, payer, "-130.00", on=MARCH, due=MARCH, corrects=second)
    done = allocate(session, customer_ids=[payer.id], as_of=NOW)
    assert done.by_rule == {"own_invoice": 1, "indicated": 0, "oldest_due": 1}
    assert open_amounts(session, payer) == {"FV/2026/01/000001": Decimal("70.00")}


def test_a_correction_of_a_paid_invoice_becomes_a_credit_for_the_next_debt(session: Session) -> None:
    payer = make_payer(session)
    invoice = issue(session, payer, "100.00", on=JANUARY, due=JANUARY)
    pay(session, payer, "100.00")
    issue(session, payer, "-30.00", on=FEBRUARY, due=FEBRUARY, corrects=invoice)
    allocate(session, as_of=NOW)
    assert open_amounts(session, payer) == {"FK/2026/02/000001": Decimal("-30.00")}
    issue(session, payer, "50.00", on=MARCH, due=date(2026, 4, 5))
    allocate(session, as_of=NOW)
    assert open_amounts(session, payer) == {"FV/2026/03/000001": Decimal("20.00")}


def test_an_overpayment_waits_and_is_used_when_the_next_debt_is_issued(session: Session) -> None:
    payer = make_payer(session)
    pay(session, payer, "100.00")
    assert open_amounts(session, payer) == {"oplata": Decimal("-100.00")}
    issue(session, payer, "60.00", on=MARCH, due=date(2026, 4, 5))
    assert allocate(session, as_of=NOW).amount == Decimal("60.00")
    assert open_amounts(session, payer) == {"oplata": Decimal("-40.00")}
    (found,) = queries.customer_payments(session, customer_id=payer.id)
    assert (found.used, found.unused) == (Decimal("60.00"), Decimal("40.00"))


def test_an_allocation_counts_from_the_later_of_debt_and_credit(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "60.00", on=JANUARY, due=JANUARY)
    pay(session, payer, "60.00")
    day = session.execute(text("select business_date from operational.allocations")).scalar_one()
    assert day == date(2026, 3, 10)
    (item,) = queries.open_items(session, customer_id=payer.id, on=date(2026, 3, 9))
    assert (item.open_amount, item.days_overdue) == (Decimal("60.00"), 63)


def test_allocating_again_does_nothing(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "60.00", on=JANUARY, due=JANUARY)
    pay(session, payer, "50.00")
    again = allocate(session, as_of=NOW)
    assert (again.allocations, again.amount) == (0, Decimal("0.00"))
    assert allocate(session, customer_ids=[], as_of=NOW).customers == 0


def test_customers_never_pay_for_each_other(session: Session) -> None:
    payers = make_payers(session, range(1, 6))
    for payer in payers[:3]:
        issue(session, payer, "100.00", on=JANUARY, due=JANUARY)
    for payer in payers[2:]:
        pay(session, payer, "70.00", reference=f"B{payer.id}")
    balances = [queries.balance(session, customer_id=payer.id) for payer in payers]
    assert balances == [Decimal(n) for n in ("100.00", "100.00", "30.00", "-70.00", "-70.00")]
    rows = session.execute(
        text("""select count(*) from operational.allocations a
        join operational.open_items d on d.id = a.debt_item_id
        join operational.open_items c on c.id = a.credit_item_id
        where d.customer_id <> a.customer_id or c.customer_id <> a.customer_id""")
    )
    assert rows.scalar_one() == 0


def test_allocations_cannot_be_changed_or_deleted(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "60.00", on=JANUARY, due=JANUARY)
    pay(session, payer, "60.00")
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        session.execute(text("update operational.allocations set amount = 1"))
