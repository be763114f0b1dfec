"""Lists of contracts and drafts with filters, and small look-ups of the wizard.

The status of a contract is nowhere stored: it follows from its supplies, requested starts and signature.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from operational.documents.papers import queries as papers
from operational.kernel.rows import first, rows

STATUSES = ("signed", "awaiting", "active", "ending", "ended", "withdrawn")
ENDS_IN = (30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """What a list of contracts lets through; empty lets everything through.
    `ends_in` counts days from today.
    """

    number: str = ""
    status: str = ""
    product: str = ""
    dso: str = ""
    segment: str = ""
    ends_in: int = 0
    customer_id: int = 0


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in the list; `ends_on` is the last day of supply, or else of its fixed term."""

    id: int
    public_id: str
    number: str
    kind: str
    signed_on: date
    customer_public_id: str
    customer_name: str
    customer_kind: str
    product: str | None
    points: int
    starts_on: date | None
    ends_on: date | None
    is_fixed_end: bool
    status: str


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list."""

    public_id: str
    customer_name: str
    customer_number: str | None
    step: int
    status: str
    points: int
    number: str | None
    source: str
    created_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """A customer to choose in the first step."""

    id: int
    customer_number: str
    name: str
    nip: str | None
    city: str


@dataclass(frozen=True, slots=True)
class NamedPrices:
    """A price list with its product."""

    id: int
    name: str
    product: str
    medium: str


# Evaluated per contract of a page only: the filters below choose the candidates by index first.
_STATUS = """
    case when g.state = 'withdrawn' then 'withdrawn'
      when coalesce(s.is_active, false) and s.last_day is not null then 'ending'
      when coalesce(s.is_active, false) then 'active'
      when coalesce(s.is_coming, false) or q.wanted is not null then 'awaiting'
      when s.starts_on is not null then 'ended' else 'signed' end"""

_LIST = """
  select k.id, k.public_id::text, k.number, k.kind, k.signed_on, c.public_id::text, c.name, c.kind, t.product,
    greatest(coalesce(s.points, 0), coalesce(q.points, 0)), coalesce(s.starts_on, q.wanted),
    coalesce(s.last_day, d.ends_on), s.last_day is null and d.ends_on is not null, {status}
  from operational.contracts k join operational.customers c on c.id = k.customer_id
  left join operational.contract_signatures g on g.contract_id = k.id and g.superseded_at is null
  left join lateral (
    select count(distinct supply_point_id) as points, min(valid_from) as starts_on,
      case when bool_or(valid_to is null) then null else max(valid_to) - 1 end as last_day,
      bool_or(valid_from <= :today and (valid_to is null or valid_to > :today)) as is_active,
      bool_or(valid_from > :today) as is_coming
    from operational.contract_supply_points s where s.contract_id = k.id and s.superseded_at is null) s on
    true
  left join lateral (select min(r.wanted_start) as wanted, count(*) as points from operational.start_requests
  r
    where r.contract_id = k.id and r.superseded_at is null) q on true
  left join lateral (select d.ends_on from operational.contract_conditions d where d.contract_id = k.id
    and d.superseded_at is null order by (d.valid_from <= :today) desc, d.valid_from desc limit 1) d on true
  left join lateral (
    select r.name as product from operational.contract_terms t
    join operational.price_lists l on l.id = t.price_list_id join operational.products r on r.id =
    l.product_id
    where t.contract_id = k.id and t.superseded_at is null
    order by (t.valid_from <= :today) desc, t.valid_from desc limit 1) t on true
  where {filters}
  order by k.signed_on desc, k.number offset :offset limit :limit"""

_CANDIDATES = {
    "withdrawn": "k.id in (select contract_id from operational.contract_signatures"
    " where superseded_at is null and state = 'withdrawn')",
    "awaiting": "(k.id in (select contract_id from operational.start_requests where superseded_at is null)"
    " or k.id in (select contract_id from operational.contract_supply_points where superseded_at is null"
    " and valid_from > :today))",
    "ending": "k.id in (select contract_id from operational.contract_supply_points where superseded_at is "
    "null"
    " and valid_to > :today)",
    "ended": "k.id in (select contract_id from operational.contract_supply_points where superseded_at is null"
    " and valid_to <= :today)",
    "signed": "not exists (select from operational.contract_supply_points x where x.contract_id = k.id"
    " and x.superseded_at is null)",
}


def _filters(narrowed: ContractFilter, given: dict[str, Any]) -> str:
    """Return the conditions of a filter; each value is bound, and each driver has an index."""
    asked = ["true"]
    if narrowed.customer_id:
        asked.append("k.customer_id = :customer_id")
        given["customer_id"] = narrowed.customer_id
    if narrowed.number:
        escaped = narrowed.number.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        asked.append("k.number ilike :number")
        given["number"] = f"%{escaped}%"
    if narrowed.segment:
        asked.append("c.kind = :segment")
        given["segment"] = narrowed.segment
    if narrowed.product:
        asked.append(
            "exists (select from operational.contract_terms x join operational.price_lists y"
            " on y.id = x.price_list_id join operational.products z on z.id = y.product_id"
            " where x.contract_id = k.id and x.superseded_at is null and z.code = :product)"
        )
        given["product"] = narrowed.product
    if narrowed.dso:
        asked.append(
            # A value per contract, so that the list is walked from the newest until the page is full.
            "coalesce((select true from (select x.supply_point_id from operational.contract_supply_points x"
            " where x.contract_id = k.id and x.superseded_at is null"
            " union all select x.supply_point_id from operational.start_requests x"
            " where x.contract_id = k.id and x.superseded_at is null) y"
            " join operational.supply_points p on p.id = y.supply_point_id"
            " where p.dso_code = :dso limit 1), false)"
        )
        given["dso"] = narrowed.dso
    if narrowed.ends_in:
        asked.append(
            "k.id in (select contract_id from operational.contract_conditions where superseded_at is null"
            " and ends_on between :today and :until union all select contract_id from"
            " operational.contract_supply_points where superseded_at is null and valid_to > :today"
            " and valid_to <= cast(:until as date) + 1)"
        )
        given["until"] = given["today"] + timedelta(days=narrowed.ends_in)
    if narrowed.status in STATUSES:
        asked.append(f"{_STATUS} = :status")
        given["status"] = narrowed.status
        if narrowed.status in _CANDIDATES:
            asked.append(_CANDIDATES[narrowed.status])
    return " and ".join(asked)


def contract_list(
    session: Session, *, narrowed: ContractFilter, today: date, offset: int = 0, limit: int = 51
) -> list[ContractLine]:
    """Return contracts that pass a filter, newest first, with the status that their data give them today."""
    given: dict[str, Any] = {"today": today, "offset": offset, "limit": limit}
    filters = _filters(narrowed, given)
    statement = _LIST.format(status=_STATUS, filters=filters)
    return [ContractLine(*row) for row in rows(session, statement, given)]


def status_of(session: Session, *, contract_id: int, today: date) -> str:
    """Return the status of one contract: signed, awaiting, active, ending, ended or withdrawn."""
    given = {"today": today, "offset": 0, "limit": 1, "id": contract_id}
    found = rows(session, _LIST.format(status=_STATUS, filters="k.id = :id"), given)
    return str(found[0][13]) if found else ""


_DRAFTS = """
  select d.public_id::text, coalesce(c.name, d.content->'customer'->>'name', ''), c.customer_number, d.step,
  d.status,
    jsonb_array_length(coalesce(d.content->'points', '[]')), d.number, d.source, d.created_by, d.updated_at
  from operational.contract_drafts d left join operational.customers c on c.id = d.customer_id
  where (:status = '' and d.status in ('open', 'waiting') or d.status = :status)
    and (:owner = '' or d.created_by = :owner)
  order by d.updated_at desc offset :offset limit :limit"""


def draft_list(
    session: Session, *, status: str = "", owner: str = "", offset: int = 0, limit: int = 51
) -> list[DraftLine]:
    """Return drafts, newest change first; without a status those that are open or wait for a signature."""
    given = {"status": status, "owner": owner, "offset": offset, "limit": limit}
    return [DraftLine(*row) for row in rows(session, _DRAFTS, given)]


def customer_choices(session: Session, *, text: str) -> list[CustomerChoice]:
    """Return up to eight customers whose name is like the text or whose number, NIP or PESEL it is."""
    if not text.strip():
        return []
    found = rows(
        session,
        "select c.id, c.customer_number, c.name, c.nip, a.city from operational.customers c"
        " join operational.addresses a on a.id = c.address_id"
        " where c.merged_into_id is null and (c.customer_number = :text or c.nip = :digits or c.pesel = "
        ":digits"
        " or c.search_name ilike '%' || lower(public.unaccent(:text)) || '%')"
        " order by (c.customer_number = :text) desc, c.name limit 8",
        {"text": text.strip(), "digits": text.replace(" ", "").replace("-", "")},
    )
    return [CustomerChoice(*row) for row in found]


def price_list_named(session: Session, *, price_list_id: int) -> NamedPrices | None:
    """Return a price list with the name of its product, or None."""
    row = first(
        session,
        "select l.id, l.name, p.name, p.medium from operational.price_lists l"
        " join operational.products p on p.id = l.product_id where l.id = :id",
        {"id": price_list_id},
    )
    return None if row is None else NamedPrices(*row)


def products(session: Session) -> list[tuple[str, str]]:
    """Return codes and names of products for the filter."""
    return [
        (row[0], row[1]) for row in rows(session, "select code, name from operational.products order by name")
    ]


def papers_of_contract(session: Session, *, contract_id: int | None) -> list[papers.PaperRow]:
    """Return the papers filed under a contract, newest first."""
    if contract_id is None:
        return []
    return list(papers.papers_of(session, subject_kind="contract", subject_id=contract_id))


def public_id_of(session: Session, *, contract_id: int | None) -> str | None:
    """Return the public id of a contract, None when it is not written yet."""
    row = first(
        session, "select public_id::text from operational.contracts where id = :id", {"id": contract_id}
    )
    return None if row is None else str(row[0])
