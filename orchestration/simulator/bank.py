"""How customers pay: statements (MT940) of the supplier's bank, one per banking day.

Customers pay what was really billed: the debts come from the open items of issued documents. Who pays late,
in
parts, too much or to the wrong account is fixed by the seed, the customer and the document,
so the same debts give
the same statements, whenever they are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.formats.statements import BankBalance, BankLine, BankStatement
from operational.kernel.calendar import WARSAW, days, is_working_day, next_working_day
from operational.kernel.identifiers import nrb_check_digits, virtual_account
from operational.kernel.money import round_half_up
from orchestration.simulator.dso import Delivery

OPENING: Final = Decimal("250000.00")
MONTHLY_FEE: Final = Decimal("-49.00")
_ARRIVAL: Final = time(21)
# A bank code that no bank has, for the customers' own accounts.
_PAYERS_BANK: Final = "99800006"
_DEBTS: Final = text("""
    select d.id as document_id, d.number, c.customer_number, c.name, c.virtual_account, i.due_date, i.amount,
        i.amount - coalesce(sum(a.amount), 0) as open_amount
    from operational.open_items i
    join operational.documents d on d.id = i.document_id
    join operational.customers c on c.id = i.customer_id
    left join operational.allocations a on a.debt_item_id = i.id
    where i.amount > 0 and i.business_date <= :on
    group by d.id, d.number, c.customer_number, c.name, c.virtual_account, i.due_date, i.amount
    having i.amount - coalesce(sum(a.amount), 0) > 0
    order by d.number""")
_LAST_BALANCE: Final = text("""
    select closing_balance from raw.bank_statements where account = :account order by closed_on desc, id desc
    limit 1""")
_STORY_WAYS: Final = {"late_payer": "late", "partial_payer": "parts", "over_payer": "over",
                      "unmatched_payer": "unmatched"}  # fmt: skip


class Way(StrEnum):
    """How a customer pays."""

    ON_TIME = "on_time"
    LATE = "late"
    PARTS = "parts"
    OVER = "over"
    WRONG_TITLE = "wrong_title"
    COMMON_ACCOUNT = "common_account"
    UNMATCHED = "unmatched"
    NEVER = "never"


_WAYS: Final = (Way.ON_TIME, Way.LATE, Way.PARTS, Way.OVER, Way.WRONG_TITLE, Way.COMMON_ACCOUNT,
    Way.UNMATCHED,
                Way.NEVER)  # fmt: skip
_SHARES: Final = (0.80, 0.08, 0.03, 0.02, 0.02, 0.03, 0.01, 0.01)


@dataclass(frozen=True, slots=True)
class Debt:
    """An unpaid document: ``amount`` as issued, ``open_amount`` what is left of it."""

    document_id: int
    number: str
    customer_number: str
    name: str
    virtual_account: str
    due_date: date
    amount: Decimal
    open_amount: Decimal


def open_debts(session: Session, *, on: date) -> list[Debt]:
    """Return the debts of issued documents that are not paid in full, by document number."""
    return [Debt(**row) for row in session.execute(_DEBTS, {"on": on}).mappings()]


def opening_balance(session: Session, *, account: str) -> Decimal:
    """Return the balance at which the next statement begins."""
    last: Decimal | None = session.execute(_LAST_BALANCE, {"account": account}).scalar_one_or_none()
    return OPENING if last is None else last


def own_account(bank_code: str) -> str:
    """Return the supplier's common account, under which the customers' individual accounts stand."""
    return virtual_account(bank_code, 1)


def statements(
    debts: Sequence[Debt],
    *,
    seed: int,
    start: date,
    end: date,
    account: str,
    balance: Decimal,
    stories: dict[str, str],
) -> list[Delivery]:
    """Return one MT940 file for every banking day of ``[start, end)``; amounts follow from the debts.

    ``stories`` maps customer numbers to story keys. A payment planned before ``start`` that did not come yet
    is made on the first day. Fees are taken on the last banking day of a month.
    """
    by_day: dict[date, list[BankLine]] = defaultdict(list)
    for debt in debts:
        for line in _payments(debt, seed, start, end, stories.get(debt.customer_number, "")):
            by_day[line.booking_date].append(line)
    result = []
    for day in days(start, end):
        if not is_working_day(day):
            continue
        lines = sorted(by_day.get(day, []), key=lambda line: line.title)
        if next_working_day(day).month != day.month:
            lines.append(_fee(day))
        closing = balance + sum((line.amount for line in lines), Decimal(0))
        result.append(_statement(account, day, balance, closing, lines))
        balance = closing
    return result


def way_of_paying(seed: int, debt: Debt, story: str) -> Way:
    """Return how a customer pays a document; story customers always pay in their way."""
    if story:
        return Way(_STORY_WAYS.get(story, "on_time"))
    rng = np.random.default_rng([seed, 4, int(debt.customer_number)])
    usual = _WAYS[int(rng.choice(len(_WAYS), p=_SHARES))]
    # Most people who pay oddly do so now and then, not always.
    chance = np.random.default_rng([seed, 5, int(debt.customer_number), *debt.number.encode()])
    return usual if usual in (Way.ON_TIME, Way.NEVER) or chance.random() < 0.5 else Way.ON_TIME


def _payments(debt: Debt, seed: int, start: date, end: date, story: str) -> Iterator[BankLine]:
    way = way_of_paying(seed, debt, story)
    rng = np.random.default_rng([seed, 6, *debt.number.encode()])
    early, late = int(rng.integers(0, 6)), int(rng.integers(8, 30))
    day, amount = debt.due_date - timedelta(days=early), debt.open_amount
    is_rest = debt.open_amount < debt.amount
    if way is Way.NEVER:
        return
    if way is Way.LATE:
        day = debt.due_date + timedelta(days=late)
    elif way is Way.PARTS and not is_rest:
        amount = max(round_half_up(debt.amount * Decimal("0.6")), Decimal("0.01"))
    elif way is Way.PARTS:
        day = debt.due_date + timedelta(days=25)
    elif way is Way.OVER:
        amount = (debt.open_amount / 100).to_integral_value(ROUND_CEILING) * 100
    if way is Way.UNMATCHED and day < start:
        return  # the money stands in suspense and the document stays open; nobody pays twice
    day = _banking_day(max(day, start))
    if day < end:
        yield _line(debt, way, day, amount)


def _line(debt: Debt, way: Way, day: date, amount: Decimal) -> BankLine:
    title = {
        Way.WRONG_TITLE: f"oplata za prad {debt.number[:-2]}",
        Way.UNMATCHED: "rachunek za energie, dziekuje",
    }.get(way, f"{debt.number}")
    to_common = way in (Way.COMMON_ACCOUNT, Way.UNMATCHED)
    account = f"{_PAYERS_BANK}{int(debt.customer_number):016d}"
    return BankLine(
        line_no=0, value_date=day, booking_date=day, amount=amount, currency="PLN", transaction_type="NTRF",
        bank_reference=f"{day:%y%m%d}{debt.document_id:010d}", title=title, payer_name=debt.name[:35],
        payer_account=nrb_check_digits(account) + account,
        virtual_account=None if to_common else debt.virtual_account,
    )  # fmt: skip


def _fee(day: date) -> BankLine:
    return BankLine(
        line_no=0, value_date=day, booking_date=day, amount=MONTHLY_FEE, currency="PLN",
        transaction_type="NCHG",
        bank_reference=f"FEE{day:%y%m%d}", title="Opłata za prowadzenie rachunku",
    )  # fmt: skip


def _statement(
    account: str, day: date, opening: Decimal, closing: Decimal, lines: Iterable[BankLine]
) -> Delivery:
    statement = BankStatement(
        account=account, currency="PLN", reference=f"WB{day:%Y%m%d}", statement_number=f"{day:%j}",
        sequence=None,
        opening=BankBalance(opening, day, "PLN"), closing=BankBalance(closing, day, "PLN"),
        lines=tuple(lines),
    )  # fmt: skip
    received = datetime.combine(day, _ARRIVAL, tzinfo=WARSAW)
    return Delivery(received, f"wyciag_{day:%Y-%m-%d}.sta", write_mt940(statement), "bank")


def _banking_day(day: date) -> date:
    return day if is_working_day(day) else next_working_day(day)
