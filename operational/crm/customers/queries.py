"""Reads of customers: lists with filters, one customer, notes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.kernel.rows import first, one, rows


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


_LAST_SIGN: Final = chr(0x10FFFF)
_ORDERS = {
    "name": "c.search_name, c.id",
    "number": "c.customer_number",
    "since": "c.customer_since desc, c.id",
    "balance": "w.amount desc, w.id",
    "overdue": "w.amount desc, w.id",
}

# The page is cut before names, points and money are looked up.
_LIST = """
  select c.public_id::text, c.customer_number, c.kind, c.name, c.nip, a.city, c.customer_since,
    coalesce(p.electricity, 0), coalesce(p.gas, 0), coalesce(m.balance, 0), coalesce(m.overdue, 0)
  from (
    select row_number() over (order by {order}) as place, {id} as id
    from {source} where {filters} order by {order} offset :offset limit :limit) f
  join operational.customers c on c.id = f.id
  join operational.addresses a on a.id = c.address_id
  left join lateral (
    select count(*) filter (where s.medium = 'electricity') as electricity,
           count(*) filter (where s.medium = 'gas') as gas
    from operational.contracts k
    join operational.contract_supply_points ks on ks.contract_id = k.id and ks.superseded_at is null
      and ks.valid_from <= :today and (ks.valid_to is null or ks.valid_to > :today)
    join operational.supply_points s on s.id = ks.supply_point_id
    where k.customer_id = c.id) p on true
  left join lateral (
    select sum(left_amount) as balance,
      sum(left_amount) filter (where left_amount > 0 and due_date < :today) as overdue
    from operational.open_positions o where o.customer_id = c.id) m on true
  order by f.place"""
# Customers who owe (or are owed) are few among all, and they alone are sorted by the amount. "offset 0" keeps
# them sorted before anything is joined: the list is walked from the largest until the page is full.
_MONEY = {
    "balance": "(select customer_id as id, sum(left_amount) as amount from operational.open_positions"
    " group by 1 having sum(left_amount) {sign} 0 order by 2 desc, 1 offset 0) w",
    "overdue": "(select customer_id as id, sum(left_amount) as amount from operational.open_positions"
    " where left_amount > 0 and due_date < :today group by 1 having sum(left_amount) {sign} 0"
    " order by 2 desc, 1 offset 0) w",
}
# Up to so many rows, customers are found from the rows of the filter; with more of them the list is walked in
# its order, because the page is soon full.
_FEW: Final = 7_000
_NAMES = """select count(*) from (
    select from operational.customers where search_name like :like limit :most) s"""
_POINTS_OF_MEDIUM = """select count(*) from (
    select from operational.supply_points where medium = :medium limit :most) s"""
_ADDRESSES_OF_TOWN = """select count(*) from (select from operational.addresses a
    where operational.plain(a.city) ~>=~ :town and operational.plain(a.city) ~<~ :after limit :most) s"""
_WITHOUT_MONEY = {
    "balance": "not exists (select from operational.open_positions o where o.customer_id = c.id"
    " group by o.customer_id having sum(o.left_amount) <> 0)",
    "overdue": "not exists (select from operational.open_positions o where o.customer_id = c.id"
    " and o.left_amount > 0 and o.due_date < :today)",
}
_CONDITIONS = {
    "kind": "c.kind = :kind",
    "name": "(c.search_name like :like or c.customer_number = :name or c.nip = :name)",
    "rare name": """c.id in (select x.id from operational.customers x where x.search_name like :like
      union select x.id from operational.customers x where x.customer_number = :name
      union select x.id from operational.customers x where x.nip = :name)""",
    "city": """coalesce((select operational.plain(x.city) ~>=~ :town and operational.plain(x.city) ~<~ :after
      from operational.addresses x where x.id = c.address_id), false)""",
    "rare city": """c.address_id in (select x.id from operational.addresses x
      where operational.plain(x.city) ~>=~ :town and operational.plain(x.city) ~<~ :after)""",
    # Many have the medium: a value per row, so that the list is walked in its order until the page is full.
    "medium": """coalesce((select true from operational.contracts k
      join operational.contract_supply_points ks on ks.contract_id = k.id and ks.superseded_at is null
        and ks.valid_from <= :today and (ks.valid_to is null or ks.valid_to > :today)
      join operational.supply_points s on s.id = ks.supply_point_id
      where k.customer_id = c.id and s.medium = :medium limit 1), false)""",
    # Few have it: they are found from their supply points.
    "rare medium": """c.id in (select k.customer_id from operational.supply_points s
      join operational.contract_supply_points ks on ks.supply_point_id = s.id and ks.superseded_at is null
        and ks.valid_from <= :today and (ks.valid_to is null or ks.valid_to > :today)
      join operational.contracts k on k.id = ks.contract_id where s.medium = :medium)""",
    "overdue": "c.id in (select o.customer_id from operational.open_positions o"
    " where o.left_amount > 0 and o.due_date < :today)",
}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def customer_list(
    session: Session, *, narrowed: CustomerFilter, today: date, offset: int, limit: int
) -> list[CustomerRow]:
    """Return customers that pass the filter, in its order (an unknown order is by name).

    By money: who owes most first, then those without a balance, those whom we owe last.
    """
    given: dict[str, Any] = {"today": today, "offset": offset, "limit": limit}
    filters = _filters(session, narrowed, given)
    order = narrowed.order if narrowed.order in _ORDERS else "name"
    if order not in _MONEY:
        return _page(session, order, filters, given)
    found: list[CustomerRow] = []
    # Three lists one after the other; the offset is used up by those that come before.
    for sign, by in ((">", order), ("", "name"), ("<", order)):
        if sign == "<" and order == "overdue":
            break
        money = _MONEY[order].format(sign=sign) if sign else ""
        narrower = filters if sign else [*filters, _WITHOUT_MONEY[order]]
        page = _page(session, by, narrower, given, money)
        found += page
        if len(found) >= limit:
            break
        passed = 0 if page or not given["offset"] else _count(session, narrower, given, money)
        given["offset"] = max(given["offset"] - passed, 0) if not page else 0
        given["limit"] = limit - len(found)
    return found


def _filters(session: Session, narrowed: CustomerFilter, given: dict[str, Any]) -> list[str]:
    """Return the conditions asked for, each one that an index answers; their values are put into `given`."""
    asked = []
    if narrowed.kind:
        asked.append(_CONDITIONS["kind"])
        given["kind"] = narrowed.kind
    if narrowed.name:
        like = f"%{_escaped(_plain(session, narrowed.name))}%"
        given |= {"name": narrowed.name, "like": like}
        asked.append(_CONDITIONS["rare name" if _few(session, _NAMES, like=like) else "name"])
    if narrowed.city:
        town = _plain(session, narrowed.city)
        bounds = {"town": town, "after": town + _LAST_SIGN}
        given |= bounds
        asked.append(_CONDITIONS["rare city" if _few(session, _ADDRESSES_OF_TOWN, **bounds) else "city"])
    if narrowed.medium:
        given["medium"] = narrowed.medium
        if _few(session, _POINTS_OF_MEDIUM, medium=narrowed.medium):
            asked.append(_CONDITIONS["rare medium"])
        else:
            # The town is the cheaper question, so it is asked first.
            near = asked.pop() if narrowed.city else "true"
            asked.append(f"case when {near} then {_CONDITIONS['medium']} else false end")
    if narrowed.is_overdue:
        asked.append(_CONDITIONS["overdue"])
    return asked


def _few(session: Session, counted: str, **given: str) -> bool:
    return int(one(session, counted, {**given, "most": _FEW})[0]) < _FEW


def _plain(session: Session, given: str) -> str:
    return str(one(session, "select operational.plain(:given)", {"given": given})[0])


def _page(
    session: Session, order: str, filters: list[str], given: dict[str, Any], money: str = ""
) -> list[CustomerRow]:
    statement = _LIST.format(
        order=_ORDERS[order],
        id="w.id" if money else "c.id",
        source=_source(filters, money),
        filters=" and ".join(filters) or "true",
    )
    return [CustomerRow(*row) for row in rows(session, statement, given)]


def _source(filters: list[str], money: str) -> str:
    if not money:
        return "operational.customers c"
    return f"{money} join operational.customers c on c.id = w.id" if filters else money


def _count(session: Session, filters: list[str], given: dict[str, Any], money: str) -> int:
    statement = f"select count(*) from {_source(filters, money)} where {' and '.join(filters) or 'true'}"
    used = {name: value for name, value in given.items() if name not in ("offset", "limit")}
    return int(one(session, statement, used)[0])


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
