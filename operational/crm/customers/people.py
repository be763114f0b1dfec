"""Roles and further addresses of a customer, by date: who pays, receives, acts for them or is called.

A change closes the version and records a new one; the form carries the id of the version that it changes, so
two clerks on one record cannot both win.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.operations import InvalidCustomer, insert_address
from operational.crm.customers.rules import wrong_fields
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits
from operational.kernel.rows import first, rows


class Role(StrEnum):
    """What a person is to the customer."""

    PAYER = "payer"
    RECIPIENT = "recipient"
    PROXY = "proxy"
    CONTACT = "contact"


class AddressKind(StrEnum):
    """What a further address is for."""

    CORRESPONDENCE = "correspondence"
    INVOICES = "invoices"
    SITE = "site"


class ChangedMeanwhile(DomainError):
    """The version that the form was drawn from is no longer the current one."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "changed_meanwhile", f"{what} was changed meanwhile. Reload the page and repeat the change."
        )


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a role; `scope` names the contract or supply point it is limited to ('' for all)."""

    id: int
    role: str
    person_name: str
    position: str
    phone: str | None
    email: str | None
    note: str
    scope: str
    valid_from: date
    valid_to: date | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class FurtherAddress:
    """An address beside the main one."""

    id: int
    kind: str
    street: str
    building: str
    flat: str
    postal_code: str
    city: str
    valid_from: date
    valid_to: date | None
    is_current: bool

    @property
    def line(self) -> str:
        """Return the address on one line."""
        flat = f"/{self.flat}" if self.flat else ""
        return f"{self.street} {self.building}{flat}, {self.postal_code} {self.city}"


def people_of(session: Session, *, customer_id: int, today: date) -> list[Person]:
    """Return the people of a customer, those of the day first."""
    found = rows(
        session,
        """select r.id, r.role, r.person_name, r.position, r.phone, r.email, r.note, coalesce(k.number,
          p.code, ''),
             r.valid_from, r.valid_to, r.valid_from <= :today and (r.valid_to is null
               or r.valid_to > :today) as now
           from operational.customer_roles r left join operational.contracts k on k.id = r.contract_id
           left join operational.supply_points p on p.id = r.supply_point_id
           where r.customer_id = :id and r.superseded_at is null
             order by now desc, r.role, r.person_name, r.id""",
        {"id": customer_id, "today": today},
    )
    return [Person(*row) for row in found]


def addresses_of(session: Session, *, customer_id: int, today: date) -> list[FurtherAddress]:
    """Return the further addresses of a customer, those of the day first."""
    found = rows(
        session,
        """select x.id, x.kind, a.street, a.building, a.flat, a.postal_code, a.city, x.valid_from, x.valid_to,
             x.valid_from <= :today and (x.valid_to is null or x.valid_to > :today) as now
           from operational.customer_addresses x join operational.addresses a on a.id = x.address_id
           where x.customer_id = :id and x.superseded_at is null
             order by now desc, x.kind, x.valid_from desc""",
        {"id": customer_id, "today": today},
    )
    return [FurtherAddress(*row) for row in found]


def add_person(session: Session, *, customer_id: int, given: Mapping[str, str], valid_from: date) -> int:
    """Give a person a role for a customer; return the id of the version.

    `given`: role, person_name, position, phone, email, note,
    scope ('' or the number of a contract or a supply point of this customer).
    Raises InvalidCustomer with the wrong fields.
    """
    cleaned = {name: value.strip() for name, value in given.items()}
    wrong = wrong_fields({name: cleaned.get(name, "") for name in ("phone", "email")})
    if cleaned.get("role") not in set(Role):
        wrong["role"] = "unknown_role"
    if not cleaned.get("person_name"):
        wrong["person_name"] = "missing_value"
    contract, point = _scope(session, customer_id, cleaned.get("scope", ""))
    if cleaned.get("scope") and contract is None and point is None:
        wrong["scope"] = "unknown_scope"
    if wrong:
        raise InvalidCustomer(wrong)
    return int(
        session.execute(
            text(
                "insert into operational.customer_roles (customer_id, supply_point_id, contract_id, role,"
                " person_name,"
                " position, phone, email, note, valid_from)"
                " values (:customer, :point, :contract, :role, :name,"
                " :position, :phone, :email, :note, :day) returning id"
            ),
            {
                "customer": customer_id, "point": point, "contract": contract, "role": cleaned["role"],
                "name": cleaned["person_name"], "position": cleaned.get("position", ""),
                "phone": digits(cleaned.get("phone", "")) or None, "email": cleaned.get("email") or None,
                "note": cleaned.get("note", ""), "day": valid_from,
            },
        ).scalar_one()
    )  # fmt: skip


def _scope(session: Session, customer_id: int, scope: str) -> tuple[int | None, int | None]:
    """Find the contract or supply point of this customer that a number names."""
    if not scope:
        return None, None
    found = first(
        session,
        """select (select id from operational.contracts
          where number = :given and customer_id = :id) as contract,
             (select p.id from operational.supply_points p where p.code = :digits and exists (
               select from operational.contract_supply_points k
                 join operational.contracts c on c.id = k.contract_id
               where k.supply_point_id = p.id and c.customer_id = :id)) as point""",
        {"given": scope, "digits": digits(scope), "id": customer_id},
    )
    return found.contract, found.point


def end_person(session: Session, *, customer_id: int, role_id: int, valid_to: date) -> None:
    """End a role on a day (first day without it);
    raise ChangedMeanwhile when it was changed or ended already.
    """
    _end(session, table="customer_roles", customer_id=customer_id, row_id=role_id, valid_to=valid_to)


def add_address(session: Session, *, customer_id: int, given: Mapping[str, str], valid_from: date) -> int:
    """Record a further address; one of the same kind that runs on that day ends there. Return its id.

    `given`: kind, street, building, flat, postal_code, city. Raises InvalidCustomer with the wrong fields.
    """
    cleaned = {name: value.strip() for name, value in given.items()}
    parts = {name: cleaned.get(name, "") for name in ("street", "building", "flat", "postal_code", "city")}
    wrong = wrong_fields(parts)
    if cleaned.get("kind") not in set(AddressKind):
        wrong["kind"] = "unknown_kind"
    later = first(
        session,
        "select min(valid_from) as day from operational.customer_addresses"
        " where customer_id = :id and kind = :kind"
        " and superseded_at is null and valid_from >= :day",
        {"id": customer_id, "kind": cleaned.get("kind", ""), "day": valid_from},
    ).day
    if later is not None:
        wrong["valid_from"] = "later_version_exists"
    if wrong:
        raise InvalidCustomer(wrong)
    running = first(
        session,
        "select id from operational.customer_addresses where customer_id = :id and kind = :kind"
        " and superseded_at is null and valid_from < :day and (valid_to is null or valid_to > :day)",
        {"id": customer_id, "kind": cleaned["kind"], "day": valid_from},
    )
    if running:
        _end(
            session,
            table="customer_addresses",
            customer_id=customer_id,
            row_id=running.id,
            valid_to=valid_from,
        )
    return int(
        session.execute(
            text(
                "insert into operational.customer_addresses (customer_id, kind, address_id, valid_from)"
                " values (:id, :kind, :address, :day) returning id"
            ),
            {
                "id": customer_id, "kind": cleaned["kind"], "day": valid_from,
                "address": insert_address(session, parts),
            },
        ).scalar_one()
    )  # fmt: skip


def end_address(session: Session, *, customer_id: int, address_row_id: int, valid_to: date) -> None:
    """End a further address on a day; raise ChangedMeanwhile when it was changed or ended already."""
    _end(
        session, table="customer_addresses", customer_id=customer_id, row_id=address_row_id, valid_to=valid_to
    )


_COPIED = {
    "customer_roles": "customer_id, supply_point_id, contract_id, role, person_name, position, phone, email,"
    " note",
    "customer_addresses": "customer_id, kind, address_id",
}


def _end(session: Session, *, table: str, customer_id: int, row_id: int, valid_to: date) -> None:
    """Close the version and record it again with its end; one that had not begun is only closed."""
    found = first(
        session,
        f"select valid_from from operational.{table} where id = :id and customer_id = :customer"
        " and superseded_at is null and (valid_to is null or valid_to > :day) for update",
        {"id": row_id, "customer": customer_id, "day": valid_to},
    )
    if found is None:
        raise ChangedMeanwhile("This entry")
    session.execute(
        text(f"update operational.{table} set superseded_at = now() where id = :id"),
        {"id": row_id},
    )
    if found.valid_from < valid_to:
        columns = _COPIED[table]
        session.execute(
            text(
                f"insert into operational.{table} ({columns}, valid_from, valid_to)"
                f" select {columns}, valid_from, :day from operational.{table} where id = :id"
            ),
            {"id": row_id, "day": valid_to},
        )
