"""Writes of customers: create, change contact data under optimistic locking, add a note."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.crm.customers.rules import wrong_fields
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits, virtual_account
from operational.kernel.rows import first, one

# All processes that make customer numbers wait for each other on this number.
_NUMBERING_LOCK = 7_401_101
_FIRST_NUMBER = 10_001
CONTACT_FIELDS = (
    "email",
    "phone",
    "invoice_channel",
    "language",
    "street",
    "building",
    "flat",
    "postal_code",
    "city",
)


class InvalidCustomer(DomainError):
    """Data of a customer that breaks a rule; `fields` says which field and with which code."""

    def __init__(self, fields: dict[str, str]) -> None:
        named = ", ".join(f"{name} ({code})" for name, code in sorted(fields.items()))
        super().__init__(
            "invalid_customer", f"The customer's data has mistakes: {named}. Correct these fields."
        )
        self.fields = fields


class CustomerExists(DomainError):
    """Another customer has this tax or personal number."""

    def __init__(self, customer_number: str) -> None:
        super().__init__(
            "customer_exists",
            f"Customer {customer_number} has this NIP or PESEL. Open that customer instead.",
        )
        self.customer_number = customer_number


class CustomerNotFound(DomainError):
    """No customer has this id."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(
            "customer_not_found", f"There is no customer {customer_id}. Search for the customer again."
        )


class CustomerChanged(DomainError):
    """Someone else changed the customer since the form was drawn."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(
            "row_version_conflict",
            f"Customer {customer_id} was changed meanwhile. Reload and repeat the change.",
        )


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What came of creating a customer."""

    id: int
    public_id: str
    customer_number: str


def create_customer(
    session: Session, *, given: Mapping[str, str], bank_code: str, as_of: date, may_duplicate: bool = False
) -> NewCustomer:
    """Create a customer with the next number and an own virtual account.

    `given`: kind, name, nip, pesel, email, phone, invoice_channel, street, building, flat, postal_code, city.
    Raises InvalidCustomer with the wrong fields, and CustomerExists unless `may_duplicate`.
    """
    cleaned = {name: value.strip() for name, value in given.items()}
    wrong = wrong_fields(cleaned)
    if wrong:
        raise InvalidCustomer(wrong)
    nip, pesel = digits(cleaned.get("nip", "")) or None, digits(cleaned.get("pesel", "")) or None
    if not may_duplicate:
        _refuse_duplicate(session, nip=nip, pesel=pesel)
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _NUMBERING_LOCK})
    serial = one(
        session,
        "select coalesce(max(customer_number::bigint) + 1, :first) as next from operational.customers"
        " where customer_number ~ '^[0-9]{1,15}$'",
        {"first": _FIRST_NUMBER},
    ).next
    row = one(
        session,
        "insert into operational.customers (customer_number, kind, name, search_name, nip, pesel, "
        "email, phone,"
        " invoice_channel, address_id, virtual_account, customer_since)"
        " values (:number, :kind, :name, lower(public.unaccent(:name)), :nip, :pesel, :email, "
        ":phone, :channel,"
        " :address, :account, :since) returning id, public_id::text, customer_number",
        {
            "number": str(serial),
            "kind": cleaned["kind"],
            "name": cleaned["name"],
            "nip": nip,
            "pesel": pesel,
            "email": cleaned.get("email") or None,
            "phone": digits(cleaned.get("phone", "")) or None,
            "channel": cleaned["invoice_channel"],
            "address": insert_address(session, cleaned),
            "account": virtual_account(bank_code, int(serial)),
            "since": as_of,
        },
    )
    return NewCustomer(*row)


def _refuse_duplicate(session: Session, *, nip: str | None, pesel: str | None) -> None:
    existing = session.execute(
        text(
            "select customer_number from operational.customers"
            " where (nip = :nip and nip is not null) or (pesel = :pesel and pesel is not null) order by "
            "id limit 1"
        ),
        {"nip": nip, "pesel": pesel},
    ).scalar_one_or_none()
    if existing is not None:
        raise CustomerExists(str(existing))


def insert_address(session: Session, cleaned: Mapping[str, str]) -> int:
    """Insert an address row; addresses are never changed, a customer who moves gets another row."""
    return int(
        session.execute(
            text(
                "insert into operational.addresses (street, building, flat, postal_code, city)"
                " values (:street, :building, :flat, :postal_code, :city) returning id"
            ),
            {name: cleaned.get(name, "") for name in ("street", "building", "flat", "postal_code", "city")},
        ).scalar_one()
    )


def change_contact(session: Session, *, customer_id: int, given: Mapping[str, str], row_version: int) -> None:
    """Change e-mail, telephone, language, invoice channel and address of a customer.

    Raises InvalidCustomer, CustomerNotFound, and CustomerChanged when `row_version` is not the current one.
    """
    cleaned = {name: given.get(name, "").strip() for name in CONTACT_FIELDS}
    wrong = wrong_fields(cleaned)
    if cleaned["language"] not in ("pl", "en"):
        wrong["language"] = "unknown_language"
    if wrong:
        raise InvalidCustomer(wrong)
    current = first(
        session,
        "select c.row_version, a.id as address_id, a.street, a.building, a.flat, a.postal_code, a.city"
        " from operational.customers c join operational.addresses a on a.id = c.address_id"
        " where c.id = :id for update of c",
        {"id": customer_id},
    )
    if current is None:
        raise CustomerNotFound(customer_id)
    if current.row_version != row_version:
        raise CustomerChanged(customer_id)
    parts = ("street", "building", "flat", "postal_code", "city")
    has_moved = any(getattr(current, part) != cleaned[part] for part in parts)
    session.execute(
        text(
            "update operational.customers set email = :email, phone = :phone, language = :language,"
            " invoice_channel = :channel, address_id = :address, row_version = row_version + 1 where id = :id"
        ),
        {
            "email": cleaned["email"] or None,
            "phone": digits(cleaned["phone"]) or None,
            "language": cleaned["language"],
            "channel": cleaned["invoice_channel"],
            "id": customer_id,
            "address": insert_address(session, cleaned) if has_moved else current.address_id,
        },
    )


def add_note(session: Session, *, customer_id: int, body: str) -> None:
    """Add a note of the acting person to a customer; raise InvalidCustomer when empty, CustomerNotFound."""
    if not body.strip():
        raise InvalidCustomer({"body": "missing_value"})
    try:
        with session.begin_nested():
            session.execute(
                text("insert into operational.notes (customer_id, body) values (:id, :body)"),
                {"id": customer_id, "body": body.strip()[:4000]},
            )
    except IntegrityError as error:
        raise CustomerNotFound(customer_id) from error
