"""A document on its way to a customer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What every channel needs to know; `outbox_id` is the row that asked for the delivery."""

    outbox_id: int
    document_id: int
    attempts: int
    kind: str
    number: str
    issue_date: date
    due_date: date
    period_from: date
    period_to: date
    gross_amount: Decimal
    virtual_account: str
    language: str
    email: str
    customer_number: str
    name: str
    street_line: str
    city_line: str
