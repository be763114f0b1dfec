"""A small office for tests of the staff app: users of every role and one customer with everything around.

The customer's name and the bank title are hostile on purpose: wherever they are shown they must stay text.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.access.passwords import hash_password
from operational.access.rules import Role
from tests.factories import documents, ledger, supply

PASSWORD = "trzy-krople-deszczu"
HOSTILE = "\"><script>window.__xss=1</script>{{7*7}}'"
CUSTOMER_NAME = f"Piekarnia Kłos {HOSTILE}"
BANK_TITLE = f"za prąd <img src=x onerror=window.__xss=1> {HOSTILE}"

RUN_SUMMARY = {
    "scopes_due": 2,
    "unchanged": 0,
    "to_invoice": 1,
    "to_correct": 1,
    "vanished": 0,
    "parked": 1,
    "not_billable": 0,
    "invoices": 1,
    "corrections": 1,
    "net_amount": "660.57",
    "vat_amount": "151.93",
    "gross_amount": "812.50",
    "corrections_gross": "-12.00",
    "energy_kwh": "410.000",
    "estimated_share": "0",
    "previous_gross": "0",
    "parked_by_code": {"gross_above_cap": 1},
    "not_billable_by_code": {},
    "bounds": [
        {"code": "run_parked_share", "is_kept": False, "value": "0.5", "limit": "0.02", "message": "1 of 2."}
    ],
}


@dataclass
class Office:
    """Ids of what the office holds; `ids` are public ids by kind, as they stand in addresses."""

    users: dict[str, int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    invoice_number: str = ""
    open_amount: Decimal = Decimal(0)


def create_users(session: Session) -> dict[str, int]:
    """Insert one user per role; the log-in is the name of the role."""
    return {
        str(role): supply.insert(
            session,
            "operational.staff_users",
            login=role,
            name=f"{role.title()} Testowa",
            role=role,
            password_hash=_password_hash(),
        )
        for role in Role
    }


@lru_cache(maxsize=1)
def _password_hash() -> str:
    """Hash the password once: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


def _public_id(session: Session, table: str, row_id: int) -> str:
    return str(
        session.execute(text(f"select public_id from {table} where id = :id"), {"id": row_id}).scalar_one()
    )


def create_office(session: Session) -> Office:
    """Insert users, a customer with documents and payments, a suspense payment, an exception, quarantined
    rows.
    """
    office = Office(users=create_users(session))
    customer = supply.make_customer(
        session,
        1,
        name=CUSTOMER_NAME,
        search_name="piekarnia klos",
        kind="business",
        nip="1234563218",
        customer_number="20418",
    )
    point = supply.add_point(session, customer, ordinal=1)
    invoice = documents.issue_invoice(session, customer, point, month=date(2026, 1, 1), used=Decimal(300))
    correction = documents.issue_correction(
        session, customer, point, invoice, month=date(2026, 1, 1), used=Decimal(280)
    )
    paid = ledger.pay(session, customer, Decimal("100.00"), day=date(2026, 2, 20), against=[invoice])
    office.invoice_number, office.open_amount = invoice.number, invoice.gross - Decimal("100.00")
    office.ids = {
        "customer": _public_id(session, "operational.customers", customer.id),
        "point": _public_id(session, "operational.supply_points", point.id),
        "invoice": _public_id(session, "operational.documents", invoice.id),
        "correction": _public_id(session, "operational.documents", correction.id),
        "payment": _public_id(session, "operational.payments", paid),
        "contract": _public_id(session, "operational.contracts", customer.contracts["electricity"]),
    }
    office.numbers["customer"] = customer.id
    _money_in_suspense(session, office)
    _work_to_do(session, office, customer, point)
    return office


def _money_in_suspense(session: Session, office: Office) -> None:
    payment = supply.insert(
        session,
        "operational.payments",
        idempotency_key="test:suspense",
        amount=Decimal("50.00"),
        booked_on=date(2026, 3, 2),
        title=BANK_TITLE,
        payer_name="PIEKARNIA KLOS",
    )
    supply.insert(
        session,
        "operational.ledger_transfers",
        debit_account="bank",
        credit_account="suspense",
        amount=Decimal("50.00"),
        code="payment",
        business_date=date(2026, 3, 2),
        payment_id=payment,
        idempotency_key="test:suspense",
    )
    office.ids["suspense"] = _public_id(session, "operational.payments", payment)
    office.numbers["suspense"] = payment


def _work_to_do(session: Session, office: Office, customer: supply.Customer, point: supply.Point) -> None:
    computed = datetime(2026, 3, 1, tzinfo=UTC)
    run = supply.insert(
        session,
        "operational.billing_runs",
        billing_month=date(2026, 2, 1),
        billed_through=date(2026, 2, 28),
        known_at=computed,
        issue_date=date(2026, 3, 3),
        computation_id="office-1",
        summary=RUN_SUMMARY,
    )
    exception = supply.insert(
        session,
        "operational.billing_exceptions",
        run_id=run,
        scope_key="1:1:2026-02-01",
        supply_point_id=point.id,
        customer_id=customer.id,
        code="gross_above_cap",
        severity="review",
        message=f"Too much {HOSTILE}",
        cure="Check it.",
        amount_at_stake=Decimal("4812.50"),
    )
    file = supply.insert(
        session,
        "raw.files",
        sha256=uuid.uuid4().hex,
        name="odczyty.csv",
        kind="register_readings",
        format="iris",
        size_bytes=10,
        received_at=computed,
        rows_read=1,
        rows_accepted=0,
        rows_rejected=1,
        rows_duplicate=0,
        loaded_by="test",
    )
    row = supply.insert(
        session,
        "raw.rejected_rows",
        file_id=file,
        row_no=3,
        content=HOSTILE,
        code="unknown_meter",
        reason=HOSTILE,
        cure="Send it again.",
    )
    refused = supply.insert(
        session,
        "raw.rejected_files",
        sha256="x",
        name="bank.sta",
        received_at=computed,
        code="bank_file_truncated",
        reason="It ends too early.",
        cure="Send it again.",
    )
    office.ids["run"] = _public_id(session, "operational.billing_runs", run)
    office.ids["exception"] = _public_id(session, "operational.billing_exceptions", exception)
    office.numbers.update(file=file, row=row, refused=refused)
