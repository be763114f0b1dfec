"""A person gives a payment in suspense to a customer, or takes it back; nothing is deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.operations import (
    PaymentError,
    allocate,
    assign_payment,
    import_bank_file,
    unassign_payment,
)
from operational.kernel.db import open_session
from tests.factories.finance import Payer, bank_file, issue, make_payer, transfer

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)
PAYERS_ACCOUNT = "27114020040000300201355387"


def waiting(session: Session, amount: str = "100.00", **told: str) -> int:
    """Import a transfer that nobody can match and return its payment."""
    line = transfer(amount, reference=f"B{amount}{told}", **told)  # type: ignore[arg-type]
    import_bank_file(session, content=bank_file([line]), name="a.sta", as_of=NOW)
    return queries.suspense(session, on=TODAY)[-1].payment_id


def debtor(session: Session, serial: int = 1, amount: str = "100.00", **given: str) -> Payer:
    payer = make_payer(session, serial, **given)  # type: ignore[arg-type]
    issue(session, payer, amount, on=date(2026, 3, 1), due=date(2026, 3, 15))
    return payer


def test_assigning_moves_the_money_and_settles_the_debt(session: Session) -> None:
    payer, payment = debtor(session), waiting(session)
    done = assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    assert (done.allocations, done.amount) == (1, Decimal("100.00"))
    assert queries.balance(session, customer_id=payer.id) == Decimal("0.00")
    assert queries.suspense_totals(session).count == 0
    row = session.execute(text("select matched_by, assigned_by, assigned_at from operational.payments")).one()
    assert tuple(row) == ("person", "test", NOW)
    assert queries.bank_reconciliation(session).agrees


def test_the_debt_counts_as_paid_on_the_day_the_bank_booked_it(session: Session) -> None:
    payer, payment = debtor(session), waiting(session)
    assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    assert queries.open_items(session, customer_id=payer.id, on=date(2026, 3, 10)) == []


def test_a_double_click_assigns_once(session: Session) -> None:
    payer, payment = debtor(session), waiting(session)
    assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    again = assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    assert again.allocations == 0
    assert queries.balance(session, customer_id=payer.id) == Decimal("0.00")


def test_a_payment_of_another_customer_cannot_be_assigned(session: Session) -> None:
    payer, other, payment = debtor(session), debtor(session, 2), waiting(session)
    assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    with pytest.raises(PaymentError, match="another customer") as caught:
        assign_payment(session, payment_id=payment, customer_id=other.id, as_of=NOW)
    assert caught.value.code == "payment_assigned"


@pytest.mark.parametrize(
    ("payment", "customer", "code"), [(999, 0, "unknown_payment"), (0, 999, "unknown_customer")]
)
def test_unknown_payments_and_customers_are_refused(
    session: Session, payment: int, customer: int, code: str
) -> None:
    payer, found = debtor(session), waiting(session)
    with pytest.raises(PaymentError) as caught:
        assign_payment(session, payment_id=payment or found, customer_id=customer or payer.id, as_of=NOW)
    assert caught.value.code == code


def test_taking_back_opens_the_debt_and_the_payment_waits_again(session: Session) -> None:
    payer, payment = debtor(session), waiting(session)
    assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    assert unassign_payment(session, payment_id=payment, as_of=NOW) == Decimal("100.00")
    assert queries.balance(session, customer_id=payer.id) == Decimal("100.00")
    (item,) = queries.open_items(session, customer_id=payer.id, on=TODAY)
    assert item.open_amount == Decimal("100.00")
    assert [row.payment_id for row in queries.suspense(session, on=TODAY)] == [payment]
    assert queries.bank_reconciliation(session).agrees
    mirrored = session.execute(
        text("""select count(*) from operational.ledger_transfers r
        join operational.ledger_transfers o on o.id = r.reverses_id and o.amount = r.amount
         and o.debit_account = r.credit_account and o.credit_account = r.debit_account""")
    )
    assert mirrored.scalar_one() == 1


def test_a_payment_can_go_from_the_wrong_customer_to_the_right_one_and_back(session: Session) -> None:
    wrong, right, payment = debtor(session), debtor(session, 2), waiting(session)
    for customer in (wrong, right, wrong):
        assign_payment(session, payment_id=payment, customer_id=customer.id, as_of=NOW)
        assert queries.balance(session, customer_id=customer.id) == Decimal("0.00")
        unassign_payment(session, payment_id=payment, as_of=NOW)
    assign_payment(session, payment_id=payment, customer_id=right.id, as_of=NOW)
    assert queries.balance(session, customer_id=wrong.id) == Decimal("100.00")
    assert queries.open_items(session, customer_id=right.id, on=TODAY) == []


def test_a_payment_matched_by_itself_can_be_taken_back_too(session: Session) -> None:
    payer = debtor(session)
    line = transfer("100.00", to=payer.account, reference="B1")
    import_bank_file(session, content=bank_file([line]), name="a.sta", as_of=NOW)
    (found,) = queries.customer_payments(session, customer_id=payer.id)
    unassign_payment(session, payment_id=found.id, as_of=NOW)
    assert queries.suspense_totals(session).amount == Decimal("100.00")
    assert queries.bank_reconciliation(session).agrees


def test_after_taking_back_another_credit_settles_the_debt_and_nothing_is_overused(session: Session) -> None:
    payer, payment = debtor(session), waiting(session)
    assign_payment(session, payment_id=payment, customer_id=payer.id, as_of=NOW)
    line = transfer("40.00", to=payer.account, reference="B7")
    import_bank_file(session, content=bank_file([line]), name="b.sta", as_of=NOW)
    unassign_payment(session, payment_id=payment, as_of=NOW)
    allocate(session, as_of=NOW)
    for day in (date(2026, 3, 9), date(2026, 3, 15), date(2026, 3, 19), TODAY):
        items = queries.open_items(session, customer_id=payer.id, on=day)
        assert sum(item.open_amount for item in items if item.amount > 0) in (
            Decimal("100"),
            Decimal("60"),
            Decimal("0"),
        )
    (item,) = queries.open_items(session, customer_id=payer.id, on=TODAY)
    assert item.open_amount == Decimal("60.00")


def test_a_payment_in_suspense_cannot_be_taken_back(session: Session) -> None:
    with pytest.raises(PaymentError) as caught:
        unassign_payment(session, payment_id=waiting(session), as_of=NOW)
    assert caught.value.code == "payment_in_suspense"


def test_two_clerks_at_once_give_a_payment_to_one_customer_only(session: Session, database: str) -> None:
    customers = [debtor(session, serial) for serial in (1, 2)]
    payment = waiting(session)
    session.commit()

    def accept(customer: Payer) -> str:
        try:
            with open_session("app", actor="staff:test", database=database) as own:
                assign_payment(own, payment_id=payment, customer_id=customer.id, as_of=NOW)
        except PaymentError as error:
            return error.code
        return "assigned"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(accept, customers))
    assert results == ["assigned", "payment_assigned"]
    assert queries.bank_reconciliation(session).agrees


def best(session: Session, payment: int) -> queries.Candidate:
    return queries.candidates(session, payment_id=payment, as_of=NOW)[0]


def test_a_tax_number_in_the_title_puts_its_customer_first(session: Session) -> None:
    debtor(session, 1, "200.00")
    wanted = debtor(session, 2, "150.00", name="Piekarnia Kłos sp. z o.o.", nip="5260250274")
    found = best(session, waiting(session, "99.00", title="faktury za prad NIP 526-025-02-74"))
    assert (found.customer_id, "nip" in found.reasons) == (wanted.id, True)


def test_a_similar_name_and_an_equal_amount_put_the_customer_first(session: Session) -> None:
    debtor(session, 1, "123.45", name="Anna Zielińska")
    wanted = debtor(session, 2, "123.45", name="Zbigniew Wąsik")
    found = best(session, waiting(session, "123.45", payer="WASIK ZBIGNIEW", title="prad"))
    assert (found.customer_id, found.reasons) == (wanted.id, ("name", "amount", "balance"))
    assert found.documents == ("FV/2026/03/000002",)
    assert found.open_amount == Decimal("123.45")


def test_a_fragment_of_a_number_is_a_hint(session: Session) -> None:
    for serial in range(1, 4):
        wanted = debtor(session, serial, f"{serial}00.00")
    found = best(session, waiting(session, "1.00", payer="", title="fakt. 03/000003"))
    assert (found.customer_id, found.reasons) == (wanted.id, ("fragment",))


def test_an_account_that_paid_before_is_remembered(session: Session) -> None:
    debtor(session, 1)
    wanted = debtor(session, 2)
    earlier = waiting(session, "5.00", payer_account=PAYERS_ACCOUNT, payer="ktos inny")
    assign_payment(session, payment_id=earlier, customer_id=wanted.id, as_of=NOW)
    found = best(session, waiting(session, "6.00", payer_account=PAYERS_ACCOUNT, payer="ktos inny"))
    assert (found.customer_id, found.reasons) == (wanted.id, ("payer_account",))


def test_a_transfer_that_tells_nothing_has_no_candidates(session: Session) -> None:
    debtor(session)
    payment = waiting(session, "1.23", payer="", title="")
    assert queries.candidates(session, payment_id=payment, as_of=NOW) == []
    assert queries.candidates(session, payment_id=999, as_of=NOW) == []
