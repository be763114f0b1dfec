"""Reads of customers: lists with filters, one customer, notes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list, with supply points active on the day of the list."""

    public_id: str
    customer_number: str
    kind: str
    name: str
    nip: str | None
    city: str
    customer_since: date
    electricity_points: int
    gas_points: int
    balance: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with the address and contact data."""

    id: int
    public_id: str
    customer_number: str
    kind: str
    name: str
    nip: str | None
    pesel: str | None
    regon: str | None
    email: str | None
    phone: str | None
    language: str
    invoice_channel: str
    virtual_account: str
    customer_since: date
    row_version: int
    street: str
    building: str
    flat: str
    postal_code: str
    city: str
    merged_into_number: str | None = None
    merged_into_public_id: str | None = None

    @property
    def address(self) -> str:
        """Return the address on one line."""
        flat = f"/{self.flat}" if self.flat else ""
        return f"{self.street} {self.building}{flat}, {self.postal_code} {self.city}"


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a member of staff on a customer."""

    noted_at: datetime
    noted_by: str
    body: str


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list of customers is narrowed to; empty texts and False narrow nothing."""

    name: str = ""
    kind: str = ""
    medium: str = ""
    city: str = ""
    is_overdue: bool = False
    order: str = "name"


_ORDERS = {
    "name": "c.search_name, c.id",
    "number": "c.customer_number",
    "since": "c.customer_since desc, c.id",
    "balance": "balance desc, c.id",
    "overdue": "overdue desc, c.id",
}

# {window} cuts the page before points and money are looked up, wherever neither decides what is on the page.
_LIST = """
  select c.public_id, c.customer_number, c.kind, c.name, c.nip, c.city, c.customer_since,
    coalesce(p.electricity, 0), coalesce(p.gas, 0), coalesce(m.balance, 0) as balance,
    coalesce(m.overdue, 0) as overdue
  from (
    select c.id, c.public_id::text, c.customer_number, c.kind, c.name, c.search_name, c.nip, a.city,
      c.customer_since
    from operational.customers c join operational.addresses a on a.id = c.address_id
    where (:kind = '' or c.kind = :kind)
      and (:name = '' or c.search_name like lower(public.unaccent(:like)) or c.customer_number = :name
        or c.nip = :name)
      and (:city = '' or operational.plain(a.city) like operational.plain(:city_like))
    {filters} {window}) c
  left join lateral (
    select count(*) filter (where s.medium = 'electricity') as electricity,
           count(*) filter (where s.medium = 'gas') as gas
    from operational.contracts k
    join operational.contract_supply_points ks on ks.contract_id = k.id and ks.superseded_at is null
      and ks.valid_from <= :today and (ks.valid_to is null or ks.valid_to > :today)
    join operational.supply_points s on s.id = ks.supply_point_id
    where k.customer_id = c.id) p on true
  left join lateral (
    select sum(open) as balance, sum(open) filter (where amount > 0 and due_date < :today) as overdue
    from (select o.amount, o.due_date, o.amount
            - coalesce((select sum(x.amount) from operational.allocations x where x.debt_item_id = o.id), 0)
            + coalesce((select sum(x.amount) from operational.allocations x where x.credit_item_id = o.id),
              0) as open
          from operational.open_items o where o.customer_id = c.id) items) m on true
  order by {order} {page}"""
_WITH_MEDIUM = """and exists (select from operational.contracts k
      join operational.contract_supply_points ks on ks.contract_id = k.id and ks.superseded_at is null
        and ks.valid_from <= :today and (ks.valid_to is null or ks.valid_to > :today)
      join operational.supply_points s on s.id = ks.supply_point_id
      where k.customer_id = c.id and s.medium = :medium)"""
# A value per row, not a join: the list is walked in its order and stops when the page is full.
_WITH_OVERDUE = """and coalesce((select true from operational.open_items o
      where o.customer_id = c.id and o.amount > 0 and o.due_date < :today and o.amount > coalesce(
        (select sum(x.amount) from operational.allocations x where x.debt_item_id = o.id), 0)
      limit 1), false)"""
_PAGE = "offset :offset limit :limit"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def customer_list(
    session: Session, *, narrowed: CustomerFilter, today: date, offset: int, limit: int
) -> list[CustomerRow]:
    """Return customers that pass the filter, in its order (an unknown order is by name)."""
    given = {
        "kind": narrowed.kind,
        "name": narrowed.name,
        "like": f"%{_escaped(narrowed.name)}%",
        "city": narrowed.city,
        "city_like": f"{_escaped(narrowed.city)}%",
        "medium": narrowed.medium,
        "is_overdue": narrowed.is_overdue,
        "today": today,
        "offset": offset,
        "limit": limit,
    }
    order = _ORDERS.get(narrowed.order, _ORDERS["name"])
    filters = (_WITH_MEDIUM if narrowed.medium else "") + (_WITH_OVERDUE if narrowed.is_overdue else "")
    is_cheap = narrowed.order not in ("balance", "overdue")
    statement = _LIST.format(
        order=order,
        filters=filters,
        window=f"order by {order} {_PAGE}" if is_cheap else "",
        page="" if is_cheap else _PAGE,
    )
    if not narrowed.medium:
        del given["medium"]
    del given["is_overdue"]
    return [CustomerRow(*row) for row in rows(session, statement, given)]


def customer(session: Session, *, public_id: str) -> Customer | None:
    """Return the customer of a public id, or None."""
    row = first(
        session,
        "select c.id, c.public_id::text, c.customer_number, c.kind, c.name, c.nip, c.pesel, c.regon, "
        "c.email,"
        " c.phone, c.language, c.invoice_channel, c.virtual_account, c.customer_since, c.row_version,"
        " a.street, a.building, a.flat, a.postal_code, a.city, k.customer_number, k.public_id::text"
        " from operational.customers c join operational.addresses a on a.id = c.address_id"
        " left join operational.customers k on k.id = c.merged_into_id"
        " where c.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    return Customer(*row) if row else None


def customer_by_number(session: Session, *, number: str) -> Customer | None:
    """Return the customer of a customer number, or None."""
    row = first(
        session,
        "select public_id::text from operational.customers where customer_number = :number",
        {"number": number},
    )
    return customer(session, public_id=row[0]) if row else None


def notes(session: Session, *, customer_id: int, limit: int = 20) -> list[Note]:
    """Return the newest notes on a customer."""
    found = rows(
        session,
        "select noted_at, noted_by, body from operational.notes where customer_id = :id"
        " order by noted_at desc, id desc limit :limit",
        {"id": customer_id, "limit": limit},
    )
    return [Note(*row) for row in found]


def change_of(session: Session, *, customer_id: int) -> tuple[str, datetime] | None:
    """Return who changed the customer last and when, for the page of a conflict; None when nobody did."""
    row = first(
        session,
        "select actor, changed_at from operational.audit_trail where table_name = 'customers' and "
        "row_id = :id"
        " order by id desc limit 1",
        {"id": str(customer_id)},
    )
    return (str(row.actor), row.changed_at) if row else None
