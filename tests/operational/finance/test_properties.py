"""Whatever the order, cut or repetition of bank files: the same ledger; allocations within their bounds."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.chain import held_statements
from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.formats.statements import BankLine
from operational.finance.operations import (
    allocate,
    assign_payment,
    import_bank_file,
    unassign_payment,
)
from tests.factories.finance import (
    Payer,
    bank_file,
    document_number,
    issue,
    make_payers,
    statement,
    transfer,
)

NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 31)
HEALTH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=HEALTH, derandomize=True)

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


DAYS = (date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11))
KNOWN = [f"2711402004000030020135538{n}" for n in range(3)]

NET = text("""
  select account, customer_id, sum(amount) from (
    select debit_account as account, customer_id, amount from operational.ledger_transfers
    union all select credit_account, customer_id, -amount from operational.ledger_transfers) m
  group by account, customer_id having sum(amount) <> 0""")
OWNERS = text("""
  select idempotency_key, customer_id, coalesce(matched_by, ''), reversed_on from operational.payments
  where reversed_on is null""")


def lines_of_a_day(rng: random.Random, payers: list[Payer], day: date) -> list[BankLine]:
    """Return lines of a day: to a virtual account, of a payer seen or not seen before, nobody's, fees, equal
    ones, of nothing."""
    lines = []
    for number in range(rng.randint(2, 8)):
        amount = f"{rng.randint(1, 300)}.{rng.randint(0, 99):02d}"
        kind, reference = rng.random(), f"R{day:%d}{number:04d}"
        account = rng.choice([*KNOWN, None])
        if kind < 0.45:
            to = rng.choice(payers).account
            made = transfer(amount, to=to, title="prąd", reference=reference, payer_account=account, on=day)
        elif kind < 0.8:
            made = transfer(amount, title="przelew", reference=reference, payer_account=account, on=day)
        else:
            made = transfer(f"-{amount}", title="prowizja", reference=reference, on=day)
        lines.append(made)
    lines += [transfer("30.00", to=payers[0].account, title="rachunek", on=day)] * rng.choice((0, 2))
    return [*lines, transfer("0.00", title="nic", on=day)]


def reversal_of(line: BankLine, day: date) -> BankLine:
    """Return the line by which the bank takes a credit back."""
    return replace(line, amount=-line.amount, reversal=True, booking_date=day, value_date=day)


def account_days(rng: random.Random, payers: list[Payer]) -> list[list[BankLine]]:
    """Return the lines of three days; sometimes the bank takes a credit of the first day back on the last."""
    days = [lines_of_a_day(rng, payers, day) for day in DAYS]
    credits_ = [line for line in days[0] if line.amount > 0 and line.bank_reference]
    if credits_ and rng.random() < 0.5:
        days[2].append(reversal_of(rng.choice(credits_), DAYS[2]))
    return days


def delivery(rng: random.Random, days: list[list[BankLine]], first: int, last: int) -> bytes:
    """Return the file of the days from ``first`` to ``last``: one statement, its lines in any order."""
    before = sum((line.amount for day in days[:first] for line in day), Decimal("500.00"))
    lines = [line for day in days[first : last + 1] for line in day]
    mixed = rng.sample(lines, len(lines))
    made = statement(mixed, opening=before, number=f"{first}-{last}", on=DAYS[last])
    assert made.opening is not None
    return write_mt940(
        replace(made, opening=replace(made.opening, balance_date=DAYS[first])), encoding="utf-8"
    )


def deliveries(rng: random.Random, days: list[list[BankLine]]) -> list[bytes]:
    """Return files that together hold every day at least once: single, longer, overlapping, twice."""
    spans = rng.choice(
        [
            [(0, 0), (1, 1), (2, 2)],
            [(0, 1), (1, 2)],
            [(0, 2)],
            [(0, 0), (2, 2), (0, 2)],
            [(0, 1), (1, 1), (1, 2)],
        ]
    )
    files = [delivery(rng, days, *span) for span in spans]
    files += rng.sample(files, rng.randint(0, len(files)))
    rng.shuffle(files)
    return files


@FEW
@given(seed=st.integers(0, 10_000))
def test_any_order_cut_and_repetition_of_files_gives_the_same_ledger(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    outcomes = []
    for shuffled in (False, True):
        session.rollback()
        payers = make_payers(session, range(1, 5))
        identity = {payer.id: place for place, payer in enumerate(payers)} | {None: None}
        days = account_days(random.Random(seed), payers)
        files = deliveries(rng, days) if shuffled else [delivery(rng, days, n, n) for n in range(3)]
        for number, content in enumerate(files):
            result = import_bank_file(session, content=content, name=f"{number}.sta", as_of=NOW)
            assert result.rejection is None
            assert queries.bank_reconciliation(session).agrees
        assert held_statements(session) == []
        assert queries.bank_reconciliation(session).lines == sum(
            (line.amount for day in days for line in day), Decimal(0)
        )
        outcomes.append(
            (
                {(row[0], identity[row[1]]): row[2] for row in session.execute(NET)},
                {(row[0], identity[row[1]], *row[2:]) for row in session.execute(OWNERS)},
            )
        )
    assert outcomes[0] == outcomes[1]


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
