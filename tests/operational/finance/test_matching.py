"""Who paid: the weaker signs, their levels, and one transfer for several customers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import bank_settings, queries
from operational.finance.operations import (
    BankImportResult,
    Part,
    PaymentError,
    assign_payment,
    import_bank_file,
    merge_payment,
    repost_payment,
    split_payment,
    unassign_payment,
)
from tests.factories.finance import bank_file, issue, make_payer, make_payers, transfer

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 12)
SEEN, INTERMEDIARY = "27114020040000300201355387", "61109010140000071219812874"
KINDS = text("select customer_id, matched_by, confidence from operational.payments order by id")


def load(session: Session, *lines: object, name: str = "a.sta") -> BankImportResult:
    return import_bank_file(session, content=bank_file(list(lines)), name=name, as_of=NOW)  # type: ignore[arg-type]


def paid(amount: str, on: int, **more: object) -> object:
    more.setdefault("reference", f"{amount}-{on}")
    return transfer(amount, on=date(2026, 3, on), **more)  # type: ignore[arg-type]


def set_level(session: Session, code: str, confidence: int) -> None:
    row = next(item for item in bank_settings.levels(session) if item.code == code)
    bank_settings.set_level(session, code=code, confidence=confidence, row_version=row.row_version)


def test_an_account_seen_before_pays_for_its_customer_until_it_paid_for_two(session: Session) -> None:
    one, two = make_payers(session, [1, 2])
    load(session, paid("10.00", 2, to=one.account, payer_account=SEEN), name="a.sta")
    result = load(session, paid("20.00", 3, title="prąd", payer_account=SEEN), name="b.sta")
    assert (result.posted, result.suspense) == (1, 0)
    assert session.execute(KINDS).all()[1] == (one.id, "payer_account", 85)
    load(session, paid("5.00", 2, title="prąd", payer_account=SEEN), name="c.sta")
    assert session.execute(KINDS).all()[2] == (None, None, None), "the same day is not before"
    # A late file brings an older payment of this account for somebody else: nobody knows whose it is.
    load(session, paid("7.00", 1, to=two.account, payer_account=SEEN), name="d.sta")
    assert [row.customer_id for row in session.execute(KINDS)] == [one.id, None, two.id, two.id]
    assert queries.balance(session, customer_id=one.id) == Decimal("-10.00")
    assert queries.bank_reconciliation(session).agrees


def test_what_a_person_undid_the_machine_does_not_do_again(session: Session) -> None:
    one, two = make_payers(session, [1, 2])
    load(session, paid("10.00", 2, to=one.account, payer_account=SEEN), name="a.sta")
    load(session, paid("20.00", 3, payer_account=SEEN), name="b.sta")
    payment = session.execute(text("select max(id) from operational.payments")).scalar_one()
    unassign_payment(session, payment_id=payment, as_of=NOW)
    load(session, paid("30.00", 4, payer_account=SEEN), name="c.sta")
    assert [row.customer_id for row in session.execute(KINDS)] == [one.id, None, one.id]
    assign_payment(session, payment_id=payment, customer_id=two.id, as_of=NOW)
    repost_payment(session, payment_id=payment, customer_id=one.id, as_of=NOW)
    assert queries.balance(session, customer_id=two.id) == 0
    assert queries.balance(session, customer_id=one.id) == Decimal("-60.00")
    assert session.execute(KINDS).all()[1] == (one.id, "person", 100)


def test_levels_decide_what_posts_by_itself(session: Session) -> None:
    payer = make_payer(session, 1, name="Grzegorz Brzęczyszczykiewicz")
    issue(session, payer, "44.00", on=date(2026, 3, 1), due=date(2026, 3, 20))
    line = {"payer": "Brzęczyszczykiewicz Grzegorz ul. Polna 3"}
    assert load(session, paid("44.00", 5, **line)).suspense == 1
    set_level(session, "automatic", 70)
    assert load(session, paid("44.00", 6, **line), name="b.sta").posted == 2, "both are sure enough now"
    assert {(row.matched_by, row.confidence) for row in session.execute(KINDS)} == {("amount_and_name", 70)}
    set_level(session, "automatic", 96)
    number = {"title": "FV/2026/03/000001"}
    assert load(session, paid("1.00", 7, **number), name="c.sta").suspense == 1
    set_level(session, "automatic", bank_settings.NEVER)
    assert load(session, paid("2.00", 8, to=payer.account), name="d.sta").suspense == 1
    for code, wrong in (("automatic", 102), ("payer_account", 101), ("payer_account", 0)):
        with pytest.raises(bank_settings.BankSettingError, match="not between"):
            bank_settings.set_level(session, code=code, confidence=wrong, row_version=1)
    with pytest.raises(bank_settings.BankSettingError, match="meanwhile"):
        bank_settings.set_level(session, code="payer_account", confidence=50, row_version=99)


def test_a_transfer_for_three_customers_is_split_joined_and_taken_back_by_the_bank(session: Session) -> None:
    one, two = make_payers(session, [1, 2])
    whole = paid("100.00", 9, title="za dwóch", payer_account=INTERMEDIARY, reference="B1")
    load(session, whole)
    (waiting,) = queries.suspense(session, on=TODAY)
    payment = waiting.payment_id

    def split(*amounts: tuple[str, int | None]) -> list[int]:
        parts = [Part(Decimal(amount), customer) for amount, customer in amounts]
        return split_payment(session, payment_id=payment, parts=parts, as_of=NOW)

    for amounts, code in (
        ([("60.00", one.id), ("41.00", two.id)], "split_sum"),
        ([("100.00", one.id)], "split_parts"),
        ([("100.00", one.id), ("0.00", two.id)], "split_parts"),
        ([("60.00", one.id), ("40.00", 999_999)], "unknown_customer"),
    ):
        with pytest.raises(PaymentError) as caught:
            split(*amounts)  # type: ignore[arg-type]
        assert caught.value.code == code
    split(("60.00", one.id), ("30.00", two.id), ("10.00", None))
    assert [item.amount for item in queries.suspense(session, on=TODAY)] == [Decimal("10.00")]
    assert queries.balance(session, customer_id=two.id) == Decimal("-30.00")
    with pytest.raises(PaymentError, match="was split"):
        assign_payment(session, payment_id=payment, customer_id=one.id, as_of=NOW)
    assert merge_payment(session, payment_id=payment, as_of=NOW) == 3
    assert [item.amount for item in queries.suspense(session, on=TODAY)] == [Decimal("100.00")]
    assert queries.balance(session, customer_id=one.id) == 0
    split(("99.99", one.id), ("0.01", two.id))
    assert queries.bank_reconciliation(session).agrees
    back = replace(whole, amount=Decimal("-100.00"), reversal=True, booking_date=TODAY, value_date=TODAY)  # type: ignore[type-var]
    result = load(session, back, name="b.sta")
    assert (result.reversed, result.reversed_amount) == (1, Decimal("100.00"))
    assert [queries.balance(session, customer_id=item.id) for item in (one, two)] == [0, 0]
    assert queries.bank_reconciliation(session).agrees
    with pytest.raises(PaymentError, match="not split"):
        merge_payment(session, payment_id=payment, as_of=NOW)
