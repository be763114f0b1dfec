"""The start page: what to pay, what to do, what was used, what it is made of."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ebok import consumption, support, transfer
from operational.crm.portal import queries as crm
from operational.documents.portal import queries as documents
from operational.finance import queries as finance
from operational.finance.portal import queries as account

pages = Blueprint("home", __name__)
_RECENT = 4
_LOOKED_AT = 16
_ENDING_SOON_DAYS = 90


@dataclass(frozen=True, slots=True)
class Due:
    """What the customer owes now: the balance, the nearest due date and the documents behind it."""

    amount: Decimal
    due_date: date | None
    overdue: Decimal
    numbers: tuple[str, ...]
    public_ids: tuple[str, ...]


@pages.get("/")
def start() -> ResponseReturnValue:
    """Show the start page in at most seven queries."""
    database, customer, today = support.database(), support.customer_id(), support.today()
    profile = support.profile()
    due = _due(database, customer, today)
    recent = account.documents(database, customer_id=customer, limit=_LOOKED_AT)
    periods = documents.billed_periods(database, customer_id=customer, since=consumption.since(today))
    contracts = crm.contracts(database, customer_id=customer, on=today)
    media = consumption.media(periods)
    medium = media[0] if media else "electricity"
    latest = next((row for row in recent if row.kind == "invoice" and row.medium == medium), None)
    return render_template(
        "start.html",
        due=due,
        qr=transfer.qr(profile, amount=due.amount, title=_title(profile, due)),
        recent=recent[:_RECENT],
        latest=latest,
        costs=documents.cost_of(database, document_id=latest.document_id) if latest else (),
        chart=consumption.chart(periods, medium=medium, unit="kwh", language=support.language()),
        media=media,
        contracts=[contract for contract in contracts if _is_running(contract, today)],
        ending=[contract for contract in contracts if _ends_soon(contract, today)],
        place=next((row.place for row in reversed(periods)), ""),
        places=len({row.supply_point for row in periods}),
    )


def _due(database: object, customer_id: int, today: date) -> Due:
    balance = finance.balance(database, customer_id=customer_id)  # type: ignore[arg-type]
    items = finance.open_items(database, customer_id=customer_id, on=today)  # type: ignore[arg-type]
    debts = [item for item in items if item.open_amount > 0]
    late = sum((item.open_amount for item in debts if item.due_date < today), Decimal(0))
    return Due(
        amount=balance,
        due_date=min((item.due_date for item in debts), default=None),
        overdue=min(late, max(balance, Decimal(0))),
        numbers=tuple(item.reference for item in debts),
        public_ids=tuple(item.document_public_id or "" for item in debts),
    )


def _title(profile: crm.Profile, due: Due) -> str:
    """Return the transfer title: the document when there is one, else the customer number."""
    return due.numbers[0] if len(due.numbers) == 1 else profile.customer_number


def _is_running(contract: crm.ContractCard, today: date) -> bool:
    is_over = contract.ends_on is not None and contract.ends_on < today
    return contract.signature != "withdrawn" and not is_over


def _ends_soon(contract: crm.ContractCard, today: date) -> bool:
    return contract.ends_on is not None and 0 <= (contract.ends_on - today).days <= _ENDING_SOON_DAYS
