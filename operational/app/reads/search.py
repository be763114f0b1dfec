"""The global search: one box, the kind of the text recognised by its pattern, results in groups.

Names are found by the beginnings of their words in any order, without Polish letters. Only when no name
has such words is a typing error supposed: it is looked for among the distinct words of all names (pg_trgm),
and customers are found by the words that were likely meant.
Numbers are found exactly, by their start or by their end, document and contract numbers also from the
middle of their series on ("07/000123"). Every condition is answered by an index of migrations 0015 and 0027,
so the search stays fast at 500 000 customers; `iris bench-crm` measures it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import one, rows

PER_GROUP: Final = 6
SHORTEST_QUERY: Final = 2
LONGEST_QUERY: Final = 80
_SEPARATORS = re.compile(r"[\s\u00a0\u2009-]")
# Below this likeness a word is another word: one letter too much, too few or wrong in a word of five.
_LIKENESS: Final = "0.3"
# A short piece of a number would match half of the database; it is looked for as a start only.
_SHORTEST_END: Final = 5
# Trigrams need three letters or digits side by side; less of them would read whole tables.
_FRAGMENT = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: what it is, where it leads (public id of the page), title, note on the right, a badge."""

    kind: str
    public_id: str
    title: str
    note: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """Hits by group in the order shown: customers, points, documents, contracts, payments, cases."""

    groups: tuple[tuple[str, tuple[Hit, ...]], ...]

    @property
    def count(self) -> int:
        """Return how many hits there are in all groups."""
        return sum(len(hits) for _group, hits in self.groups)


_SHOWN = """
  select case c.kind when 'household' then 'person' else 'building' end, c.public_id::text, c.name,
    c.customer_number || coalesce(' · NIP ' || c.nip, '') || ' · ' || a.city,
    case when exists (select from operational.open_positions o where o.customer_id = c.id
      and o.left_amount > 0 and o.due_date < :today) then 'overdue' else '' end
  from found f join operational.customers c on c.id = f.id join operational.addresses a on a.id = c.address_id
  order by f.place, c.name, c.id"""

# Names that begin with the text as it stands.
_BEGINNINGS = f"""
  with found as (
    select id, 0 as place from operational.customers
    where search_name like operational.plain(:begin) and merged_into_id is null
    order by search_name, id limit :n)
  {_SHOWN}"""

# Names with words that begin with the words of the text, in any order; the text as it stands first.
_OF_WORDS = f"""
  with found as (
    select id, case when search_name like '% ' || operational.plain(:begin) then 1 else 2 end as place
    from (select id, search_name from operational.customers
      where array_to_tsvector(operational.name_words(search_name)) @@ cast(:words as tsquery)
        and merged_into_id is null limit 400) few
    order by place, search_name, id limit :n)
  {_SHOWN}"""

# Names with words that hold the words of the text, or are like them: the words come from the dictionary.
_ALIKE = f"""
  with found as (
    select id, -public.similarity(search_name, operational.plain(:q)) as place
    from (select id, search_name from operational.customers
      where array_to_tsvector(operational.name_words(search_name)) @@ cast(:meant as tsquery)
        and merged_into_id is null limit 1000) few
    order by place, search_name, id limit :n)
  {_SHOWN}"""

# For each word of the text the words of names that begin with it, hold it, or else are like it.
_MEANT = """
  select w.place, d.word
  from unnest(operational.name_words(operational.plain(:q))) with ordinality w (word, place)
  cross join lateral (
    select d.word from operational.name_dictionary d
    where length(w.word) > 2 and (d.word like '%' || w.word || '%' or d.word operator(public.%) w.word)
    order by d.word like '%' || w.word || '%' desc, public.similarity(d.word, w.word) desc, d.word
    limit 12) d
  order by w.place"""

_NUMBERS = f"""
  with found as (
    select id, min(place) as place from (
      (select id, 0 as place from operational.customers where nip = :digits limit :n)
      union all (select id, 0 from operational.customers where pesel = :digits limit :n)
      union all (select id, 0 from operational.customers where regon = :digits limit :n)
      union all (select id, 0 from operational.customers where virtual_account = :account)
      union all (select id, 1 from operational.customers
        where :is_phone and right(phone, 9) = right(:digits, 9) and phone is not null limit :n)
      union all (select customer_id, 1 from operational.customer_roles
        where :is_phone and right(phone, 9) = right(:digits, 9) and superseded_at is null limit :n)
      union all (select id, case when customer_number = :digits then 0 else 2 end from operational.customers
        where customer_number like :start order by customer_number limit :n)
      union all (select id, 3 from operational.customers
        where :is_end and reverse(virtual_account) like :end limit :n)) hits
    group by id order by 2, 1 limit :n)
  {_SHOWN}"""

_EMAILS = f"""
  with found as (
    select id, 0 as place from operational.customers where lower(email) like lower(:begin)
    order by lower(email), id limit :n)
  {_SHOWN}"""

_POINT = """p.medium, p.public_id::text, p.code, coalesce(k.name || ' · ',
'') || a.street || ' ' || a.building || ', ' || a.city, ''"""
_POINT_JOINS = """join operational.addresses a on a.id = p.address_id
  left join lateral (select u.name from operational.contract_supply_points s
    join operational.contracts c on c.id = s.contract_id join operational.customers u on u.id = c.customer_id
    where s.supply_point_id = p.id and s.superseded_at is null
      order by s.valid_from desc limit 1) k on true"""

_POINTS = f"""
  with found as (
    (select id from operational.supply_points where code like :start order by code limit :n)
    union (select id from operational.supply_points where :is_end and reverse(code) like :end limit :n))
  select {_POINT} from (select id from found limit :n) f
  join operational.supply_points p on p.id = f.id {_POINT_JOINS} order by p.code"""

_METERS = """
  select 'meter', p.public_id::text, m.serial, p.code || ' · ' || a.street || ' ' || a.building || ',
    ' || a.city, ''
  from (select id, serial from operational.meters where lower(serial) like lower(:begin)
    order by lower(serial) limit :n) m
  join operational.meter_installations i on i.meter_id = m.id and i.superseded_at is null
  join operational.supply_points p on p.id = i.supply_point_id
  join operational.addresses a on a.id = p.address_id
  order by m.serial, i.valid_from desc limit :n"""

_ADDRESSES = f"""
  with found as (
    select id from operational.addresses
    where operational.plain(street || ' ' || building || ' ' || city) like operational.plain(:like) limit 200)
  select {_POINT} from found f join operational.supply_points p on p.address_id = f.id {_POINT_JOINS}
  order by a.city, a.street, a.building, p.code limit :n"""

_DOCUMENTS = """
  select d.kind, d.public_id::text, d.number, c.name, d.gross_amount::text
  from operational.documents d
  join operational.customers c on c.id = d.customer_id where d.id in (
    (select id from operational.documents where number like upper(:begin) order by number desc limit :n)
    union (select id from operational.documents where reverse(number) like upper(:back) limit :n)
    union (select x.id from operational.number_series s cross join lateral (
        select f.id from operational.documents f where f.series = s.code
          and f.number >= s.code || '/' || :tail and f.number < s.code || '/' || :tail || chr(1114111)
        limit :n) x
      where :tail <> '' and s.code like '%' || upper(:head) limit :n)
    union (select x.id from operational.number_series s cross join lateral (
        select f.id from operational.documents f where f.series = s.code order by f.sequence desc limit :n) x
      where s.code like upper(:like) limit :n))
  order by d.issue_date desc, d.id desc limit :n"""

_CONTRACTS = """
  select 'contract', k.public_id::text, k.number, c.name, ''
  from (select * from operational.contracts where number ilike :like limit 200) k
  join operational.customers c on c.id = k.customer_id order by k.number limit :n"""

_PAYMENTS = """
  select 'payment', p.public_id::text, coalesce(nullif(p.payer_name, ''), p.title), p.title, p.amount::text
  from (select * from operational.payments
    where array_to_tsvector(operational.name_words(operational.plain(title || ' ' || payer_name)))
      @@ cast(:words as tsquery) limit 200) p
  order by p.booked_on desc, p.id desc limit :n"""

_COMPLAINTS = """
  select 'complaint', r.public_id::text, r.number, c.name || ' · ' || r.subject, ''
  from operational.complaints r join operational.customers c on c.id = r.customer_id
  where r.number like upper(:start) order by r.id desc limit :n"""

_SWITCHING = """
  select 'switching', s.public_id::text, s.number, c.name, ''
  from operational.switching_cases s join operational.customers c on c.id = s.customer_id
  where s.number = upper(:case) limit :n"""


def search(session: Session, *, query: str, today: date) -> Results:
    """Find what the text may mean; fewer than two characters find nothing.
    `today` decides what is overdue.
    """
    cleaned = " ".join(query.replace("\x00", "").split())[:LONGEST_QUERY]
    if len(cleaned) < SHORTEST_QUERY:
        return Results(())
    given = _given(session, cleaned, today)
    found = [
        (group, _hits(session, statements, given))
        for group, statements in _statements(cleaned, is_number=bool(given["digits"]))
    ]
    return Results(tuple((group, hits) for group, hits in found if hits))


def _given(session: Session, cleaned: str, today: date) -> dict[str, Any]:
    """Make the values that the statements bind: the text as start, end, words, fragment and number."""
    digits = _SEPARATORS.sub("", cleaned).lstrip("+")
    number = digits.removeprefix("PL").removeprefix("pl")
    is_number = number.isascii() and number.isdigit()
    escaped = _escaped(cleaned)
    head, _, tail = cleaned.rpartition("/")
    words = one(session, "select operational.name_words(operational.plain(:q))", {"q": cleaned})[0]
    return {
        "q": cleaned, "like": f"%{escaped}%", "begin": f"{escaped}%", "today": today, "n": PER_GROUP,
        "start": f"{number if is_number else escaped}%", "digits": number if is_number else "",
        "end": f"{number[::-1]}%" if is_number else "", "is_end": is_number and len(number) >= _SHORTEST_END,
        "is_phone": is_number and 9 <= len(number) <= 12, "account": number, "case": cleaned,
        "back": f"{_escaped(cleaned[::-1])}%", "head": _escaped(head), "tail": tail if head else "",
        "words": " & ".join(f"'{word}':*" for word in words),
    }  # fmt: skip


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _statements(cleaned: str, *, is_number: bool) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Choose what to look into by the pattern of the text."""
    fragment = _FRAGMENT.search(cleaned) is not None
    if is_number:
        numbers: list[tuple[str, tuple[str, ...]]] = [
            ("customers", (_NUMBERS,)), ("points", (_POINTS, _METERS)),
        ]  # fmt: skip
        return numbers + _papers(fragment)
    if "@" in cleaned:
        return (("customers", (_EMAILS,)),)
    if re.match(r"(?i)(zs|r)/", cleaned):
        return (("complaints", (_COMPLAINTS,)), ("switching", (_SWITCHING,)), *_papers(fragment))
    if "/" in cleaned:
        return (*_papers(fragment), ("points", (_METERS,)))
    words: list[tuple[str, tuple[str, ...]]] = [
        ("customers", (_BEGINNINGS, _OF_WORDS, _ALIKE)),
        ("points", (_METERS, _ADDRESSES) if fragment else (_METERS,)),
    ]
    return words + _papers(fragment)


def _papers(is_looked_for: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Numbers and titles found by a fragment, which needs three characters to be found by its trigrams."""
    papers: list[tuple[str, tuple[str, ...]]] = [
        ("documents", (_DOCUMENTS,)),
        ("contracts", (_CONTRACTS,)),
        ("payments", (_PAYMENTS,)),
    ]
    return papers if is_looked_for else []


def _hits(session: Session, statements: tuple[str, ...], given: dict[str, Any]) -> tuple[Hit, ...]:
    """Ask one statement after the other until the group is full; the first meaning found counts most."""
    hits: dict[str, Hit] = {}
    for statement in statements:
        # Likeness costs most, so it is asked only when no name has the words of the text.
        if len(hits) >= PER_GROUP or (hits and statement is _ALIKE):
            break
        if statement is _ALIKE:
            given = {**given, "meant": _meant(session, given["q"])}
        used = {name: given[name] for name in text(statement)._bindparams}
        for row in rows(session, statement, used):
            hits.setdefault(row[1], Hit(*row))
    return tuple(hits.values())[:PER_GROUP]


def _meant(session: Session, query: str) -> str:
    """Return the words that were likely meant as a query: one of them for every word of the text.

    A word that is like no word of any name is left out, so the rest still finds somebody.
    """
    session.execute(text("select set_config('pg_trgm.similarity_threshold', :t, true)"), {"t": _LIKENESS})
    likely: dict[int, list[str]] = {}
    for place, word in rows(session, _MEANT, {"q": query}):
        likely.setdefault(place, []).append(f"'{word}'")
    return " & ".join(f"({' | '.join(words)})" for words in likely.values())
