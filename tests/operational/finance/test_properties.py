"""Whatever the order, cut or repetition of bank files: the same ledger; allocations within their bounds."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.formats.statements import BankLine
from operational.finance.operations import (
    allocate,
    assign_payment,
    import_bank_file,
    unassign_payment,
)
from tests.factories.finance import Payer, bank_file, document_number, issue, make_payers, transfer

NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 31)
HEALTH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=HEALTH, derandomize=True)

LEDGER = text("""
  select debit_account, credit_account, amount, code, business_date, customer_id, idempotency_key
  from operational.ledger_transfers order by idempotency_key collate "C" """)

OVERUSED = text("""
  select count(*) from operational.open_items i
  cross join lateral (select coalesce(sum(case when a.debt_item_id = i.id then a.amount else 0 end), 0) as
    settled,
      coalesce(sum(case when a.credit_item_id = i.id then a.amount else 0 end), 0) as used
    from operational.allocations a where i.id in (a.debt_item_id, a.credit_item_id)) x
  where (i.amount > 0 and not (x.settled between 0 and i.amount and x.used = 0))
     or (i.amount < 0 and not (x.used between 0 and -i.amount and x.settled = 0))""")

UNUSED = text("""
  with o as (
    select i.customer_id, i.amount, i.amount - coalesce(sum(case when a.debt_item_id = i.id then a.amount
      else -a.amount end), 0) as open_amount
    from operational.open_items i left join operational.allocations a on i.id in (a.debt_item_id,
      a.credit_item_id)
    group by i.id, i.customer_id, i.amount)
  select count(*) from (select customer_id from o group by customer_id
    having bool_or(open_amount > 0) and bool_or(open_amount < 0)) both_sides""")


def lines_of_a_day(rng: random.Random, payers: list[Payer]) -> list[BankLine]:
    """Return lines with references, most of them payments, some nobody's, some fees, two pairs of equal
    ones."""
    lines = []
    for number in range(rng.randint(8, 25)):
        amount = f"{rng.randint(1, 300)}.{rng.randint(0, 99):02d}"
        kind = rng.random()
        if kind < 0.65:
            made = transfer(amount, to=rng.choice(payers).account, title="prąd", reference=f"R{number:04d}")
        elif kind < 0.85:
            made = transfer(amount, title="przelew", reference=f"R{number:04d}")
        else:
            made = transfer(f"-{amount}", title="prowizja", reference=f"R{number:04d}")
        lines.append(made)
    return lines


def deliveries(rng: random.Random, lines: list[BankLine]) -> list[bytes]:
    """Return files that together hold every line at least once: whole, halves, overlaps, other order,
    twice."""
    shuffled = rng.sample(lines, len(lines))
    middle = rng.randint(1, len(lines) - 1)
    overlap = max(0, middle - 3)
    choices = [
        [lines],
        [lines[:middle], lines[overlap:]],
        [shuffled],
        [lines[middle:], lines[:middle], shuffled],
    ]
    files = [bank_file(part, opening=f"{n}.00") for n, part in enumerate(rng.choice(choices))]
    files += rng.sample(files, rng.randint(0, len(files)))
    rng.shuffle(files)
    return files


@FEW
@given(seed=st.integers(0, 10_000))
def test_any_order_cut_and_repetition_of_files_gives_the_same_ledger(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    ledgers = []
    for delivery in (None, "shuffled"):
        session.rollback()
        payers = make_payers(session, range(1, 5))
        identity = {payer.id: place for place, payer in enumerate(payers)} | {None: None}
        lines = lines_of_a_day(random.Random(seed), payers)
        files = [bank_file(lines)] if delivery is None else deliveries(rng, lines)
        for number, content in enumerate(files):
            assert (
                import_bank_file(session, content=content, name=f"{number}.sta", as_of=NOW).rejection is None
            )
        found = session.execute(LEDGER).all()
        ledgers.append([(*row[:5], identity[row.customer_id], row[6]) for row in found])
        reconciled = queries.bank_reconciliation(session)
        assert reconciled.agrees
        assert reconciled.lines == sum((line.amount for line in lines), Decimal(0))
    assert ledgers[0] == ledgers[1]


@FEW
@given(seed=st.integers(0, 10_000))
def test_allocations_stay_within_debt_and_credit_whatever_happens(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    session.rollback()
    payers = make_payers(session, range(1, 4))
    documents: list[tuple[Payer, int, str]] = []
    for step in range(rng.randint(6, 20)):
        payer = rng.choice(payers)
        random_event(session, rng, payer, documents, step)
        if rng.random() < 0.5:
            allocate(session, as_of=NOW)
    allocate(session, as_of=NOW)
    assert session.execute(OVERUSED).scalar_one() == 0
    assert session.execute(UNUSED).scalar_one() == 0, (
        "an open credit beside an open debt of the same customer"
    )
    assert queries.bank_reconciliation(session).agrees
    for payer in payers:
        items = queries.open_items(session, customer_id=payer.id, on=date(2026, 12, 31))
        assert sum((item.open_amount for item in items), Decimal(0)) == queries.balance(
            session, customer_id=payer.id
        )


def random_event(
    session: Session, rng: random.Random, payer: Payer, documents: list[tuple[Payer, int, str]], step: int
) -> None:
    """Issue, correct, pay, assign or take back something."""
    day = date(2026, rng.randint(1, 3), rng.randint(1, 28))
    event = rng.choice(("issue", "issue", "correct", "pay", "pay", "name", "assign", "unassign"))
    if event == "issue":
        made = issue(session, payer, f"{rng.randint(10, 300)}.00", on=day, due=day)
        documents.append((payer, made, document_number(session, made)))
    elif event == "correct" and documents:
        owner, made, _ = rng.choice(documents)
        issue(
            session,
            owner,
            f"{rng.choice((-1, -1, 1)) * rng.randint(5, 350)}.00",
            on=day,
            due=day,
            corrects=made,
        )
    elif event in {"pay", "name"}:
        title = (
            " ".join(rng.choice(documents)[2] for _ in range(2)) if documents and event == "name" else "prąd"
        )
        to = payer.account if rng.random() < 0.8 else None
        line = transfer(f"{rng.randint(5, 400)}.00", to=to, title=title, reference=f"R{step:04d}")
        import_bank_file(session, content=bank_file([line]), name=f"{step}.sta", as_of=NOW)
    elif event == "assign":
        for waiting in queries.suspense(session, on=TODAY, limit=1):
            assign_payment(session, payment_id=waiting.payment_id, customer_id=payer.id, as_of=NOW)
    elif event == "unassign":
        for paid in queries.customer_payments(session, customer_id=payer.id, limit=1):
            unassign_payment(session, payment_id=paid.id, as_of=NOW)


def oracle(debts: list[Decimal], credits_: list[Decimal]) -> list[Decimal]:
    """Settle debts one after the other by hand; return what stays open of each."""
    left = list(debts)
    for credit in credits_:
        rest = credit
        for place, debt in enumerate(left):
            used = min(rest, debt)
            left[place], rest = debt - used, rest - used
    return left


@FEW
@given(
    debts=st.lists(st.integers(1, 50_000), min_size=1, max_size=8),
    paid=st.lists(st.integers(1, 50_000), min_size=1, max_size=6),
)
def test_the_set_based_order_equals_settling_one_debt_after_the_other(
    session: Session, debts: list[int], paid: list[int]
) -> None:
    session.rollback()
    (payer,) = make_payers(session, [1])
    amounts = [Decimal(cents) / 100 for cents in debts]
    for place, gross in enumerate(amounts):
        issue(session, payer, gross, on=date(2026, 1, 1 + place), due=date(2026, 2, 1 + place))
    payments = [Decimal(cents) / 100 for cents in paid]
    lines = [transfer(gross, to=payer.account, reference=f"R{place}") for place, gross in enumerate(payments)]
    import_bank_file(session, content=bank_file(lines), name="a.sta", as_of=NOW)
    items = {
        item.due_date: item.open_amount
        for item in queries.open_items(session, customer_id=payer.id, on=TODAY)
    }
    found = [items.get(date(2026, 2, 1 + place), Decimal(0)) for place in range(len(amounts))]
    assert found == oracle(amounts, payments)
