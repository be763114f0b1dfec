"""Who is likely the same as a new lead: by NIP, telephone, e-mail and a name with typos."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from operational.crm.sales.rules import frozen, phone_digits
from operational.crm.sales.terms import term
from operational.kernel.identifiers import digits
from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class LikelySame:
    """A lead or customer that looks like the one asked for; `reasons` of nip, phone, email, name."""

    kind: str
    public_id: str
    number: str
    name: str
    city: str
    reasons: tuple[str, ...]


# Each way of looking is an index of its own; a likely name has at least the likeness of the dated term.
_FIND = """
  with wanted as (select lower(public.unaccent(:name)) as name),
  leads as (
    select l.id, 'nip' as reason from operational.leads l where :nip <> '' and l.nip = :nip
    union select l.id, 'phone' from operational.leads l where :phone <> '' and l.phone = :phone
    union select l.id, 'email' from operational.leads l where :email <> '' and lower(l.email) = :email
    union select l.id, 'name' from operational.leads l, wanted w
     where w.name <> '' and l.search_name operator(public.%) w.name
       and public.similarity(l.search_name, w.name) >= :likeness),
  customers as (
    select c.id, 'nip' as reason from operational.customers c where :nip <> '' and c.nip = :nip
    union select c.id, 'phone' from operational.customers c
     where :phone <> '' and right(c.phone, 9) = :phone
    union select c.id, 'email' from operational.customers c where :email <> '' and lower(c.email) = :email
    union select c.id, 'name' from operational.customers c, wanted w
     where w.name <> '' and c.search_name operator(public.%) w.name
       and public.similarity(c.search_name, w.name) >= :likeness)
  select 'customer', c.public_id::text, c.customer_number, c.name, a.city,
  array_agg(f.reason order by f.reason)
    from customers f join operational.customers c on c.id = f.id
    join operational.addresses a on a.id = c.address_id where c.merged_into_id is null
   group by c.id, a.city
  union all
  select 'lead', l.public_id::text, l.stage, l.name, l.city, array_agg(f.reason order by f.reason)
    from leads f join operational.leads l on l.id = f.id
   where l.public_id::text <> :except
   group by l.id
  order by 1, 4 limit 20"""


def likely_same(
    session: Session, *, nip: str, phone: str, email: str, name: str, as_of: date, except_lead: str = ""
) -> tuple[LikelySame, ...]:
    """Return leads and customers that look like the given one, customers first;
    empty texts look for nothing.
    """
    given = {
        "nip": digits(nip),
        "phone": phone_digits(phone) if len(phone_digits(phone)) == 9 else "",
        "email": email.strip().lower(),
        "name": name.strip() if len(name.strip()) >= 4 else "",
        "likeness": term(session, code="name_similarity", on=as_of),
        "except": except_lead,
    }
    return tuple(LikelySame(*frozen(row)) for row in rows(session, _FIND, given))
