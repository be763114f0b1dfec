"""Reads of the portal under the role iris_ebok: row-level security shows own rows,
the condition says whose again.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Profile:
    """The customer as the portal greets and addresses them."""

    customer_number: str
    kind: str
    name: str
    nip: str | None
    email: str | None
    phone: str | None
    language: str
    invoice_channel: str
    street_line: str
    city_line: str
    virtual_account: str
    customer_since: date
    unread_notices: int

    @property
    def initials(self) -> str:
        """Return up to two letters for the round badge."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()


@dataclass(frozen=True, slots=True)
class ContractCard:
    """A contract with the terms that hold today, or the last ones; ``ends_on`` is the last day of supply.

    ``starts_on`` is the first day of supply, or the wanted one while ``is_waiting``.
    """

    contract_id: int
    number: str
    kind: str
    signed_on: date
    product: str
    price_list: str
    price_list_id: int
    cycle_months: int
    payment_term_days: int
    invoicing_rule: str
    starts_on: date | None
    ends_on: date | None
    is_waiting: bool
    signature: str | None
    withdrawal_until: date | None


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A paper of a contract that was made for the customer."""

    contract_id: int
    public_id: str
    title: str
    paper_date: date


@dataclass(frozen=True, slots=True)
class PointCard:
    """A supply point under a contract with tariff, meter, zones it measures and its newest reading."""

    contract_id: int
    public_id: str
    code: str
    medium: str
    dso_name: str
    street_line: str
    city_line: str
    tariff_group: str
    phases: int | None
    contracted_power_kw: Decimal | None
    meter_serial: str
    zones: tuple[str, ...]
    reading_date: date | None
    reading_kind: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A net price of the customer's price list that holds on the day asked for."""

    price_list_id: int
    tariff_group: str
    charge_code: str
    name_pl: str
    name_en: str
    zone_code: str
    unit: str
    price: Decimal
    valid_from: date
    last_day: date | None


def profile(session: Session, *, customer_id: int) -> Profile | None:
    """Return the customer's own data, None when the session opens nothing."""
    row = session.execute(
        text("""
            select c.customer_number, c.kind, c.name, c.nip, c.email, c.phone, c.language, c.invoice_channel,
                   a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end as
                   street_line, a.postal_code || ' ' || a.city as city_line, c.virtual_account,
                   c.customer_since,
                   (select count(*) from operational.messages m
                     where m.customer_id = c.id and m.channel = 'ebok' and not exists (
                       select from operational.notice_reads r where r.message_id = m.id)) as unread_notices
              from operational.customers c join operational.addresses a on a.id = c.address_id
             where c.id = :customer_id"""),
        {"customer_id": customer_id},
    ).one_or_none()
    return None if row is None else Profile(**row._mapping)


def contracts(session: Session, *, customer_id: int, on: date) -> list[ContractCard]:
    """Return the customer's contracts, running ones first."""
    rows = session.execute(
        text("""
            select c.id as contract_id, c.number, c.kind, c.signed_on, p.name as product, l.name as
            price_list,
                   l.id as price_list_id, t.cycle_months, t.payment_term_days, t.invoicing_rule,
                   coalesce(s.supplied_from, r.wanted_start,
                     case when g.state is null then t.starts_on end) as starts_on,
                   case when t.valid_to is not null then t.valid_to - 1 end as ends_on,
                   s.supplied_from is null and r.wanted_start is not null as is_waiting,
                   g.state as signature, g.withdrawal_until
              from operational.contracts c
              join lateral (
                select k.*, min(k.valid_from) over () as starts_on from operational.contract_terms k
                 where k.contract_id = c.id and k.superseded_at is null
                 order by (k.valid_from <= :on) desc, k.valid_from desc limit 1) t on true
              join operational.price_lists l on l.id = t.price_list_id
              join operational.products p on p.id = l.product_id
              left join operational.contract_signatures g on g.contract_id = c.id and g.superseded_at is null
              left join lateral (select min(k.valid_from) as supplied_from
                from operational.contract_supply_points k
                where k.contract_id = c.id and k.superseded_at is null) s on true
              left join lateral (select min(q.wanted_start) as wanted_start from operational.start_requests q
                where q.contract_id = c.id and q.superseded_at is null) r on true
             where c.customer_id = :customer_id
             order by (t.valid_to is null or t.valid_to > :on) desc, c.signed_on desc, c.id"""),
        {"customer_id": customer_id, "on": on},
    )
    return [ContractCard(**row._mapping) for row in rows]


def contract_papers(session: Session, *, customer_id: int) -> list[PaperCard]:
    """Return the papers that were made for the customer under the own contracts, newest first."""
    rows = session.execute(
        text("""
            select p.subject_id as contract_id, p.public_id::text as public_id, p.title, p.paper_date
              from operational.papers p
             where p.customer_id = :customer_id and p.subject_kind = 'contract' and p.direction = 'outgoing'
             order by p.id desc"""),
        {"customer_id": customer_id},
    )
    return [PaperCard(**row._mapping) for row in rows]


def paper_pdf(session: Session, *, customer_id: int, public_id: str) -> bytes | None:
    """Return the PDF of an own paper, None when there is no such paper of this customer."""
    found: bytes | None = session.execute(
        text(
            "select pdf from operational.papers where public_id::text = :id"
            " and customer_id = :customer_id and direction = 'outgoing'"
        ),
        {"id": public_id, "customer_id": customer_id},
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


def points(session: Session, *, customer_id: int, on: date) -> list[PointCard]:
    """Return the supply points of the customer's contracts with the newest reading of their meter up to
    ``on``.
    """
    rows = session.execute(
        text("""
            select k.contract_id, p.public_id::text as public_id, p.code, p.medium, o.name as dso_name,
                   a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end as
                   street_line, a.postal_code || ' ' || a.city as city_line, coalesce(t.tariff_group, '') as
                   tariff_group, t.phases, t.contracted_power_kw, coalesce(m.serial, '') as meter_serial,
                   coalesce(m.zones, '{}') as zones,
                   r.reading_date, coalesce(r.kind, '') as reading_kind, k.valid_from, k.valid_to
              from operational.contracts c
              join operational.contract_supply_points k on k.contract_id = c.id and k.superseded_at is null
              join operational.supply_points p on p.id = k.supply_point_id
              join operational.dsos o on o.code = p.dso_code
              join operational.addresses a on a.id = p.address_id
              left join lateral (
                select * from operational.supply_point_terms s where s.supply_point_id = p.id and
                s.superseded_at is null
                 order by (s.valid_from <= :on) desc, s.valid_from desc limit 1) t on true
              left join lateral (
                select n.serial,
                       array(select g.zone_code from operational.registers g where g.meter_id = n.id) as zones
                  from operational.meter_installations i
                  join operational.meters n on n.id = i.meter_id
                 where i.supply_point_id = p.id and i.superseded_at is null
                 order by i.valid_from desc limit 1) m on true
              left join lateral (
                select g.reading_date, g.kind from operational.readings g
                 where g.supply_point_id = p.id and g.superseded_at is null and g.reading_date <= :on
                 order by g.reading_date desc limit 1) r on true
             where c.customer_id = :customer_id
             order by k.contract_id, p.code"""),
        {"customer_id": customer_id, "on": on},
    )
    return [PointCard(**{**row._mapping, "zones": tuple(row.zones)}) for row in rows]


def prices(session: Session, *, price_list_ids: list[int], on: date) -> list[PriceRow]:
    """Return the prices of the price lists on a day; lists of other customers give no row."""
    rows = session.execute(
        text("""
            select i.price_list_id, i.tariff_group, i.charge_code, g.name_pl, g.name_en, i.zone_code, i.unit,
                   i.price, i.valid_from, i.valid_to - 1 as last_day
              from operational.price_list_items i join operational.charges g on g.code = i.charge_code
             where i.price_list_id = any(:ids) and i.superseded_at is null and i.valid_from <= :on
               and (i.valid_to is null or i.valid_to > :on)
             order by i.price_list_id, g.sort_order, i.tariff_group, i.zone_code"""),
        {"ids": price_list_ids, "on": on},
    )
    return [PriceRow(**row._mapping) for row in rows]
