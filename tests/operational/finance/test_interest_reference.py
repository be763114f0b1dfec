"""Allocation and interest against a small calculator of our own, for a thousand random accounts, to the
grosz."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.finance.interest.issuing import issue_interest
from operational.finance.operations import allocate
from operational.kernel import db
from operational.kernel.money import round_half_up
from orchestration.warehouse import compute_interest
from tests.factories.histories import Account, Transfer, load_accounts, load_transfers, random_accounts

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

THROUGH, LATER = date(2026, 7, 10), date(2026, 8, 20)
NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
Uses = dict[tuple[int, int], Decimal]  # (debt, credit) -> PLN
Rates = Mapping[str, list[tuple[date, int]]]
MONEY = {"I05", "I23", "I28", "I29", "I30", "I31", "I32", "I44", "I48"}
KIND = {"household": "statutory_delay", "business": "commercial", "public": "commercial"}


class Reference:
    """One account, computed bill by bill and day by day with exact fractions; knows nothing of the SQL."""

    def __init__(self, account: Account, rates: Rates, holidays: set[date]) -> None:
        self.account, self.holidays = account, holidays
        self.rates = rates[KIND[account.kind]]
        self.open = {bill.number: bill.amount for bill in account.bills}
        self.paid: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        self.asked: dict[str, Decimal] = defaultdict(Decimal)
        self.by_due = sorted(account.bills, key=lambda bill: (bill.due, bill.item_id))
        self.left = {transfer.item_id: transfer.amount for transfer in account.transfers}
        self.notes: list[tuple[date, Decimal]] = []  # interest notes still open
        self.uses: Uses = defaultdict(Decimal)
        self.interest_paid = Decimal(0)

    def interest(self, number: str, through: date) -> Decimal:
        bill = next(bill for bill in self.account.bills if bill.number == number)
        day = bill.due
        while day.isoweekday() > 5 or day in self.holidays:
            day += DAY
        paid = defaultdict[date, int](int)  # in grosze; thousandths of a percent keep rates whole too
        for when, amount in self.paid[number]:
            paid[max(when, day)] += int(amount * 100)
        unpaid, total, since = int(bill.amount * 100) - paid[day], 0, 0
        while (day := day + DAY) <= through:
            while since + 1 < len(self.rates) and self.rates[since + 1][0] <= day:
                since += 1
            total += unpaid * self.rates[since][1]
            unpaid -= paid.get(day, 0)
        return round_half_up(Fraction(total, 100 * 1000 * 100 * 365))

    def use(self, bill_number: str, transfer: Transfer) -> None:
        bill = next(bill for bill in self.account.bills if bill.number == bill_number)
        amount = min(self.open[bill_number], self.left[transfer.item_id])
        if amount > 0:
            self.open[bill_number] -= amount
            self.left[transfer.item_id] -= amount
            self.paid[bill_number].append((max(bill.issued, transfer.day), amount))
            self.uses[bill.item_id, transfer.item_id] += amount

    def allocate(self) -> None:
        if self.account.is_interest_first:
            for transfer in sorted(self.account.transfers, key=lambda item: (item.day, item.item_id)):
                self.interest_first(transfer)
            return
        payments = sorted(self.account.transfers, key=lambda item: (item.day, item.item_id))
        for transfer in payments:
            if transfer.names:
                self.use(transfer.names, transfer)
        for transfer in payments:
            for bill in self.by_due:
                self.use(bill.number, transfer)

    def interest_first(self, transfer: Transfer) -> None:
        """Named bill first; of each bill its interest up to the day of payment, then the bill."""
        queue: list[tuple[bool, date, int, str]] = [
            (bill.number != transfer.names, bill.due, bill.item_id, bill.number)
            for bill in self.account.bills
        ]
        queue += [(True, day, 10**12, "") for day, _ in self.notes]
        new_note = Decimal(0)
        for _, due, _, number in sorted(queue):
            left = self.left[transfer.item_id]
            if left <= 0:
                break
            if not number:
                place = next(i for i, (day, _) in enumerate(self.notes) if day == due)
                used = min(left, self.notes[place][1])
                self.notes[place] = (due, self.notes[place][1] - used)
                self.left[transfer.item_id] -= used
                self.interest_paid += used
                continue
            if self.open[number] <= 0:
                continue
            owed = self.interest(number, transfer.day) - self.asked[number]
            if owed > 0:
                self.asked[number] += owed
                used = min(owed, left)
                self.left[transfer.item_id] -= used
                self.interest_paid += used
                new_note += owed - used
            self.use(number, transfer)
        self.notes = [(day, amount) for day, amount in self.notes if amount > 0]
        if new_note > 0:
            self.notes.append((transfer.day, new_note))


def _facts(session: Session) -> tuple[Rates, set[date]]:
    rates = defaultdict[str, list[tuple[date, int]]](list)
    for row in session.execute(
        text("select kind, valid_from, rate_pct from operational.interest_rates order by 2")
    ):
        rates[row.kind].append((row.valid_from, int(row.rate_pct * 1000)))
    return rates, set(session.execute(text("select day from operational.holidays")).scalars())


def _uses(session: Session) -> Uses:
    rows = session.execute(
        text("""select a.debt_item_id, a.credit_item_id, sum(a.amount) from operational.allocations a
                join operational.open_items i on i.id = a.debt_item_id where i.document_id is not null group
                  by 1, 2""")
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _interest(session: Session) -> dict[int, Decimal]:
    rows = session.execute(
        text("""select open_item_id, sum(amount) from operational.interest_note_lines
                where kind <> 'compensation' group by 1""")
    )
    return {row[0]: row[1] for row in rows if row[1]}


def test_a_thousand_accounts_agree_with_the_reference_to_the_grosz(database: str) -> None:
    accounts = random_accounts(1000, seed=451)
    with db.open_session("app", actor="test", database=database) as session:
        session.execute(text("update operational.finance_policies set superseded_at = now()"))
        session.execute(  # no threshold, so that every grosz is seen
            text("""insert into operational.finance_policies (customer_kind, rate_kind, year_days,
              smallest_note,
                      note_term_days, has_compensation, allocation_order, valid_from, source)
                    select customer_kind, rate_kind, year_days, 0, note_term_days, false, allocation_order,
                      valid_from,
                      'test' from operational.finance_policies""")
        )
        load_accounts(session, accounts)
        rates, holidays = _facts(session)
        allocate(session, as_of=NOW)
        found = _uses(session)

    references = [Reference(account, rates, holidays) for account in accounts]
    for reference in references:
        reference.allocate()
    assert found == {key: amount for item in references for key, amount in item.uses.items()}
    assert sum(bool(item.interest_paid) for item in references) > 100

    compute_interest(database=database, through=THROUGH)
    with db.open_session("app", actor="test", database=database) as session:
        first = issue_interest(session, through=THROUGH, issue_date=THROUGH, as_of=NOW)
        again = issue_interest(session, through=THROUGH, issue_date=THROUGH, as_of=NOW)
        asked = _interest(session)
        proposed = dict(
            session.execute(
                text("select open_item_id, sum(amount) from proposals.prop_interest_notes group by 1")
            ).all()
        )
    expected = {
        bill.item_id: amount
        for item in references
        for bill in item.account.bills
        if (amount := item.interest(bill.number, THROUGH))
    }
    assert first.notes > 300
    assert (again.notes, again.compensations) == (0, 0)
    assert {key: amount for key, amount in proposed.items() if amount} == expected
    assert asked == expected

    # Later payments change later days only, and the second run asks for the rest.
    late = [
        (item.account, Transfer(item.open[bill.number], THROUGH + 9 * DAY, bill.number))
        for item in references[::7]
        if not item.account.is_interest_first
        for bill in item.account.bills[:1]
        if item.open[bill.number] > 0
    ]
    with db.open_session("app", actor="test", database=database) as session:
        load_transfers(session, late)
        allocate(session, as_of=NOW + 10 * DAY)
        before = {
            row[0]: row[1]
            for row in session.execute(text("select number, amount from operational.interest_notes"))
        }
    compute_interest(database=database, through=LATER)
    with db.open_session("app", actor="test", database=database) as session:
        issue_interest(session, through=LATER, issue_date=LATER, as_of=NOW + 40 * DAY)
        asked = _interest(session)
        now = {
            row[0]: row[1]
            for row in session.execute(text("select number, amount from operational.interest_notes"))
        }
        paid = _settled(session)
        given = invariants.parameters(session, as_of=NOW + 40 * DAY)
        results = [
            invariants.run(session, check, given) for check in invariants.checks() if check.code in MONEY
        ]
    assert [(result.check.name, result.examples) for result in results if result.violations] == []
    assert late
    assert before.items() <= now.items()
    for item in references:
        for bill in item.account.bills:
            item.paid[bill.number] = paid.get(bill.item_id, [])
            assert asked.get(bill.item_id, Decimal(0)) == item.interest(bill.number, LATER), bill


def _settled(session: Session) -> dict[int, list[tuple[date, Decimal]]]:
    found = defaultdict[int, list[tuple[date, Decimal]]](list)
    for row in session.execute(
        text("select debt_item_id, business_date, amount from operational.allocations")
    ):
        found[row[0]].append((row[1], row[2]))
    return found
