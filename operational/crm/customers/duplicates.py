"""Duplicates: customers who may be one and the same, by NIP, PESEL, telephone, e-mail, address and name.

Each signal has a weight (`duplicate_rules`, dated);
the score of a pair is 1 minus the product of (1 - weight), so two weak signs together weigh more than one.
Names count by the likeness of their trigrams, which forgives typing errors.
What the weights mean in the queue and beside the form: `docs/customers.md`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.people import ChangedMeanwhile
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits
from operational.kernel.rows import first, rows

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Likeness:
    """A customer who may be the one asked about; `score` from 0 to 1, `signals` say what is alike."""

    customer_id: int
    public_id: str
    customer_number: str
    name: str
    city: str
    score: Decimal
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairSide:
    """One customer of a pair in the queue."""

    public_id: str
    customer_number: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers who may be one, waiting for a person."""

    public_id: str
    score: Decimal
    signals: tuple[str, ...]
    found_on: date
    state: str
    decided_by: str
    note: str
    row_version: int
    one: PairSide
    other: PairSide


_RULES = """
  rules as (
    select
      max(value) filter (where signal = 'nip') as nip, max(value) filter (where signal = 'pesel') as pesel,
      max(value) filter (where signal = 'phone') as phone,
        max(value) filter (where signal = 'email') as email,
      max(value) filter (where signal = 'name') as name,
        max(value) filter (where signal = 'address') as address,
      max(value) filter (where signal = 'name_least') as name_least,
      max(value) filter (where signal = 'warn_from') as warn_from,
      max(value) filter (where signal = 'queue_from') as queue_from,
      max(value) filter (where signal = 'group_most') as group_most
    from (select distinct on (signal) signal, value from operational.duplicate_rules
      where superseded_at is null and valid_from <= coalesce(cast(:as_of as date), 'infinity')
        and (valid_to is null or valid_to > coalesce(cast(:as_of as date), valid_from))
      order by signal, valid_from desc) r)"""

# 0.9999 stands for certainty, because nothing has the logarithm of zero.
_SCORE = "round((1 - exp(sum(ln(1 - least(weight, 0.9999)))))::numeric, 3)"

_FIND = f"""
  with {_RULES}, hits as (
    select c.id, 'nip' as signal, r.nip as weight from operational.customers c, rules r where c.nip = :nip
    union all
    select c.id, 'pesel', r.pesel from operational.customers c, rules r where c.pesel = :pesel
    union all
    select c.id, 'phone', r.phone from operational.customers c, rules r
    where c.phone is not null and right(c.phone, 9) = :phone
    union all
    select c.id, 'email', r.email from operational.customers c, rules r where lower(c.email) = lower(:email)
    union all
    select n.id, 'name', r.name * n.likeness from rules r, lateral (
      select c.id, public.similarity(c.search_name, operational.plain(:name)) as likeness
      from operational.customers c where c.search_name operator(public.%) operational.plain(:name)
      order by 2 desc, c.id limit 50) n),
  scored as (
    select id, {_SCORE} as score, array_agg(distinct signal order by signal) as signals
    from hits group by id)
  select c.id, c.public_id::text, c.customer_number, c.name, a.city, s.score, s.signals
  from scored s join operational.customers c on c.id = s.id
  join operational.addresses a on a.id = c.address_id cross join rules r
  where s.score >= r.warn_from and c.merged_into_id is null and c.id <> :except_id
  order by s.score desc, c.id limit :n"""


def find(
    session: Session,
    *,
    nip: str,
    pesel: str,
    phone: str,
    name: str,
    email: str,
    except_id: int = 0,
    as_of: date | None = None,
) -> tuple[Likeness, ...]:
    """Return customers who may be the one described, the likeliest first, at most eight.

    Empty texts say nothing. `except_id` leaves a customer out;
    `as_of` chooses the weights of a day (default: the newest ones).
    """
    least = _least_likeness(session, as_of)
    session.execute(text("select set_config('pg_trgm.similarity_threshold', :t, true)"), {"t": least})
    found = rows(
        session,
        _FIND,
        {
            "nip": digits(nip) or None, "pesel": digits(pesel) or None, "email": email.strip() or None,
            "phone": digits(phone)[-9:] or None, "name": " ".join(name.split()), "except_id": except_id,
            "as_of": as_of, "n": _SHOWN,
        },
    )  # fmt: skip
    return tuple(Likeness(row[0], row[1], row[2], row[3], row[4], row[5], tuple(row[6])) for row in found)


def _least_likeness(session: Session, as_of: date | None) -> str:
    found = first(session, f"with {_RULES} select name_least from rules", {"as_of": as_of}).name_least
    if found is None:
        raise DomainError(
            "no_duplicate_rules",
            "The table duplicate_rules holds no 'name_least' for this day. Add the rules of that day.",
        )
    return str(found)


_QUEUE = f"""
  with {_RULES}, live as materialized (
    select c.id, c.nip, c.pesel, right(c.phone, 9) as phone, lower(c.email) as email, c.search_name,
      concat_ws('|', a.postal_code, operational.plain(a.street), lower(a.building), lower(a.flat)) as address
    from operational.customers c join operational.addresses a on a.id = c.address_id
    where c.merged_into_id is null),
  keys as materialized (
    select 'nip' as signal, nip as key, id from live where nip is not null
    union all select 'pesel', pesel, id from live where pesel is not null
    union all select 'phone', phone, id from live where phone is not null
    union all select 'email', email, id from live where email is not null
    union all select 'address', address, id from live),
  usable as (
    select k.signal, k.key from keys k cross join rules r group by k.signal, k.key, r.group_most
    having count(*) between 2 and r.group_most),
  alike as (
    select one.id as one_id, other.id as other_id, u.signal,
      case u.signal when 'nip' then r.nip when 'pesel' then r.pesel when 'phone' then r.phone
        when 'email' then r.email else r.address end as weight
    from usable u cross join rules r
    join keys one on one.signal = u.signal and one.key = u.key
    join keys other on other.signal = u.signal and other.key = u.key and one.id < other.id),
  named as (
    select p.one_id, p.other_id, public.similarity(a.search_name, b.search_name) as likeness
    from (select distinct one_id, other_id from alike) p
    join live a on a.id = p.one_id join live b on b.id = p.other_id),
  weighed as (
    select one_id, other_id, signal, weight from alike
    union all
    select n.one_id, n.other_id, 'name', r.name * n.likeness from named n cross join rules r
    where n.likeness >= r.name_least),
  scored as (
    select one_id, other_id, {_SCORE} as score, array_agg(distinct signal order by signal) as signals
    from weighed group by one_id, other_id)
  insert into operational.duplicate_pairs (one_id, other_id, score, signals, found_on)
  select s.one_id, s.other_id, s.score, s.signals, :today from scored s cross join rules r
  where s.score >= r.queue_from order by s.score desc
  on conflict (one_id, other_id) do update set score = excluded.score, signals = excluded.signals
    where duplicate_pairs.state = 'open'
      and (duplicate_pairs.score, duplicate_pairs.signals) is distinct
        from (excluded.score, excluded.signals)"""


def search_all(session: Session, *, as_of: date) -> int:
    """Compare all customers by sets and put likely pairs into the queue; return how many wait there now.

    Work is proportional to customers who share a value;
    a value shared by more than `group_most` customers says nothing.
    Pairs that a person decided on keep their decision.
    """
    session.execute(text(_QUEUE), {"today": as_of, "as_of": as_of})
    return int(first(session, "select count(*) as n from operational.duplicate_pairs where state = 'open'").n)


_PAIRS = """
  select d.public_id::text, d.score, d.signals, d.found_on, d.state, coalesce(d.decided_by, ''), d.note,
    d.row_version,
    a.public_id::text, a.customer_number, a.name, x.city, b.public_id::text, b.customer_number, b.name, y.city
  from operational.duplicate_pairs d
  join operational.customers a on a.id = d.one_id join operational.addresses x on x.id = a.address_id
  join operational.customers b on b.id = d.other_id join operational.addresses y on y.id = b.address_id"""


def _pair(row: Any) -> Pair:
    return Pair(
        public_id=row[0], score=row[1], signals=tuple(row[2]), found_on=row[3], state=row[4],
        decided_by=row[5], note=row[6], row_version=row[7],
        one=PairSide(*row[8:12]), other=PairSide(*row[12:16]),
    )  # fmt: skip


def queue(session: Session, *, state: str = "open", offset: int = 0, limit: int = 50) -> list[Pair]:
    """Return pairs in a state (open, different, merged), the likeliest first."""
    found = rows(
        session,
        f"{_PAIRS} where d.state = :state order by d.score desc, d.id offset :offset limit :limit",
        {"state": state, "offset": offset, "limit": limit},
    )
    return [_pair(row) for row in found]


def pair(session: Session, *, public_id: str) -> Pair | None:
    """Return a pair of the queue, or None."""
    row = first(session, f"{_PAIRS} where d.public_id = cast(:id as uuid)", {"id": public_id})
    return _pair(row) if row else None


def set_different(session: Session, *, public_id: str, row_version: int, note: str, actor: str) -> None:
    """Decide that the two of an open pair are different customers;
    raise ChangedMeanwhile for a stale form.
    """
    done = session.execute(
        text(
            "update operational.duplicate_pairs"
            " set state = 'different', decided_at = now(), decided_by = :actor,"
            " note = :note, row_version = row_version + 1"
            " where public_id = cast(:id as uuid) and row_version = :version and state = 'open' returning id"
        ),
        {"id": public_id, "version": row_version, "note": note.strip()[:500], "actor": actor},
    ).scalar_one_or_none()
    if done is None:
        raise ChangedMeanwhile("This pair")
