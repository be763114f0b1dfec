"""The global search: one box, the kind of the text recognised by its pattern, results in groups.

Names are found without Polish letters and with small typing errors (unaccent
  and pg_trgm); numbers by their start
or exactly; document numbers by any fragment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import rows

PER_GROUP = 6
SHORTEST_QUERY = 2
LONGEST_QUERY = 80
_SEPARATORS = re.compile(r"[\s\u00a0\u2009-]")
# Below this likeness a name is another name; pg_trgm's own default of 0.6 forgives no missing letter.
_LIKENESS = 0.45


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: what it is, where it leads (public id of the page), title, note on the right and a
    badge.
    """

    kind: str
    public_id: str
    title: str
    note: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """Hits by group in the order shown; `customers`, `points`, `documents`, `contracts`, `payments`."""

    groups: tuple[tuple[str, tuple[Hit, ...]], ...]

    @property
    def count(self) -> int:
        """Return how many hits there are in all groups."""
        return sum(len(hits) for _group, hits in self.groups)


_CUSTOMERS_BY_NAME = """
  select case c.kind when 'household' then 'person' else 'building' end, c.public_id::text, c.name,
         c.customer_number || coalesce(' · NIP ' || c.nip, '') || ' · ' || a.city,
         case when exists (select 1 from operational.open_items o where o.customer_id = c.id and o.amount > 0
                           and o.due_date < :today and o.amount > coalesce((select sum(l.amount)
                             from operational.allocations l where l.debt_item_id = o.id),
                               0)) then 'overdue' else '' end
  from operational.customers c join operational.addresses a on a.id = c.address_id
  where lower(public.unaccent(:q)) operator(public.<%) c.search_name
    or c.search_name like lower(public.unaccent(:like))
  order by (c.search_name like lower(public.unaccent(:like))) desc,
           public.word_similarity(lower(public.unaccent(:q)), c.search_name) desc, c.name, c.id limit :n"""

_CUSTOMERS_BY_NUMBER = """
  select case c.kind when 'household' then 'person' else 'building' end, c.public_id::text, c.name,
         c.customer_number || coalesce(' · NIP ' || c.nip, '') || ' · ' || a.city, ''
  from operational.customers c join operational.addresses a on a.id = c.address_id
  where c.nip = :digits or c.pesel = :digits or c.regon = :digits or c.virtual_account = :digits
     or c.customer_number like :start or (length(:digits) >= 9 and c.phone like '%' || :digits)
     or (length(:digits) >= 8 and c.virtual_account like '%' || :digits)
  order by (c.customer_number = :digits) desc, c.customer_number limit :n"""

_CUSTOMERS_BY_EMAIL = """
  select case c.kind when 'household' then 'person' else 'building' end, c.public_id::text, c.name,
    c.email, ''
  from operational.customers c where lower(c.email) like lower(:like) order by c.name, c.id limit :n"""

_POINTS = """
  select p.medium, p.public_id::text, p.code, a.street || ' ' || a.building || ', ' || a.city, ''
  from operational.supply_points p join operational.addresses a on a.id = p.address_id
  where p.code like :start or (length(:digits) >= 5 and p.code like '%' || :digits)
  order by p.code limit :n"""

_METERS = """
  select 'meter', p.public_id::text, m.serial, p.code || ' · ' || a.street || ' ' || a.building || ',
    ' || a.city, ''
  from operational.meters m
  join operational.meter_installations i on i.meter_id = m.id and i.superseded_at is null
  join operational.supply_points p on p.id = i.supply_point_id
  join operational.addresses a on a.id = p.address_id
  where m.serial ilike :start order by m.serial, i.valid_from desc limit :n"""

_ADDRESSES = """
  select p.medium, p.public_id::text, p.code, a.street || ' ' || a.building || ', ' || a.city, ''
  from operational.addresses a join operational.supply_points p on p.address_id = a.id
  where lower(public.unaccent(a.street || ' ' || a.building || ' ' || a.city)) like
    lower(public.unaccent(:like))
  order by a.city, a.street, a.building, p.code limit :n"""

_DOCUMENTS = """
  select d.kind, d.public_id::text, d.number, c.name, d.gross_amount::text
  from operational.documents d join operational.customers c on c.id = d.customer_id
  where d.number ilike :like order by d.issue_date desc, d.id desc limit :n"""

_CONTRACTS = """
  select 'contract', k.public_id::text, k.number, c.name, ''
  from operational.contracts k join operational.customers c on c.id = k.customer_id
  where k.number ilike :like order by k.number limit :n"""

_PAYMENTS = """
  select 'payment', p.public_id::text, coalesce(nullif(p.payer_name, ''), p.title), p.title, p.amount::text
  from operational.payments p
  where p.title ilike :like or p.payer_name ilike :like order by p.booked_on desc, p.id desc limit :n"""


def search(session: Session, *, query: str, today: Any) -> Results:
    """Find what the text may mean; fewer than two characters find nothing. `today` decides what is
    overdue.
    """
    cleaned = " ".join(query.replace("\x00", "").split())[:LONGEST_QUERY]
    if len(cleaned) < SHORTEST_QUERY:
        return Results(())
    digits = _SEPARATORS.sub("", cleaned)
    escaped = cleaned.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    is_number = digits.isdigit()
    given = {
        "q": cleaned,
        "like": f"%{escaped}%",
        "start": f"{digits if is_number else escaped}%",
        "digits": digits if is_number else "",
        "n": PER_GROUP,
        "today": today,
    }
    session.execute(
        text("select set_config('pg_trgm.word_similarity_threshold', :t, true)"), {"t": str(_LIKENESS)}
    )
    found = [
        (group, _hits(session, statements, given)) for group, statements in _statements(cleaned, is_number)
    ]
    return Results(tuple((group, hits) for group, hits in found if hits))


def _statements(cleaned: str, is_number: bool) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Choose what to look into by the pattern of the text."""
    if is_number:
        return (
            ("customers", (_CUSTOMERS_BY_NUMBER,)),
            ("points", (_POINTS, _METERS)),
            ("documents", (_DOCUMENTS,)),
            ("contracts", (_CONTRACTS,)),
            ("payments", (_PAYMENTS,)),
        )
    if "@" in cleaned:
        return (("customers", (_CUSTOMERS_BY_EMAIL,)),)
    if "/" in cleaned:
        return (("documents", (_DOCUMENTS,)), ("contracts", (_CONTRACTS,)), ("payments", (_PAYMENTS,)))
    return (
        ("customers", (_CUSTOMERS_BY_NAME,)),
        ("points", (_METERS, _ADDRESSES)),
        ("documents", (_DOCUMENTS,)),
        ("contracts", (_CONTRACTS,)),
        ("payments", (_PAYMENTS,)),
    )


def _hits(session: Session, statements: tuple[str, ...], given: dict[str, Any]) -> tuple[Hit, ...]:
    hits: list[Hit] = []
    for statement in statements:
        hits += [Hit(*row) for row in rows(session, statement, given)]
    return tuple(hits[:PER_GROUP])
