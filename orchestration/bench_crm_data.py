"""A generated portfolio for the benchmark of customers:
names as people have them, made by sets in one transaction.

Of 1.2 supply points per customer the first 1.0 are under contract;
the rest waits for the import of the benchmark.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

POINTS_PER_CUSTOMER: Final = 1.2
CONTRACTED_SHARE: Final = 1.0

_FIRST_NAMES = (
    "{Anna,Maria,Katarzyna,Małgorzata,Agnieszka,Barbara,Ewa,Krystyna,Elżbieta,Zofia,Żaneta,Łucja,Piotr,"
    "Krzysztof,Andrzej,Tomasz,Paweł,Jan,Michał,Marcin,Jakub,Adam,Stanisław,Łukasz,Święcisława,Józef,"
    "Grzegorz,Wojciech}"
)
_STEMS = (
    "{Kowal,Nowak,Wiśniew,Wójcik,Kamiń,Lewandow,Zieliń,Szymań,Woźniak,Dąbrow,Kozłow,Jankow,Mazur,Kwiatkow,"
    "Krawczyk,Kaczmar,Piotrow,Grabow,Pawłow,Michal,Król,Wieczor,Jabłoń,Wróbl,Nowakow,Majew,Olszew,Stępień,"
    "Malinow,Jawor,Adam,Dudek,Nowic,Pawlak,Górs,Witkow,Walczak,Sikor,Baran,Rutkow,Michalak,Szewczyk,"
    "Ostrow,Tomaszew,Pietrzak,Zalew,Wróblew,Marcin,Jasiń,Zawadz,Bąk,Jakub,Sadow,Duda,Włodarczyk,Wilk,"
    "Chmielew,Borkow,Sokołow,Szczepań}"
)
_ENDS = "{ski,ska,czyk,iak,ek,owicz,icka,owska,as,uk,onek,ewicz,an,yński,ała}"
_TOWNS = (
    "{Kraków,Tarnów,Bochnia,Łódź,Gdańsk,Wrocław,Poznań,Szczecin,Rzeszów,Świdnica,Zakopane,Żory,Kielce,Lublin}"
)
_STATEMENTS: Final = (
    f"""insert into operational.addresses (street, building, flat, postal_code, city)
       select 'ul. ' || (cast('{_STEMS}' as text[]))[1 + n % 60] || 'skiego ' || n % 17, (n % 220 + 1)::text,
         case when n % 3 = 0 then (n % 60)::text else '' end,
         lpad((n % 95 + 1)::text, 2, '0') || '-' || lpad((n * 7 % 999)::text, 3, '0'),
         (cast('{_TOWNS}' as text[]))[1 + n % 14] from generate_series(1, :points) n""",
    f"""insert into operational.customers (customer_number, kind, name, search_name, nip, pesel, email, phone,
         address_id, virtual_account, customer_since)
       select number, kind, name, operational.plain(name), nip, pesel, mail, phone, address, account, since
       from (select (100000 + n)::text as number,
         case when n % 10 = 0 then 'business' else 'household' end as kind,
           case when n % 10 = 0 then 'Piekarnia ' || surname || ' ' || n % 997 || ' sp. z o.o.'
             else (cast('{_FIRST_NAMES}' as text[]))[1 + hashint4(n::int) % 14 + 14] || ' ' || surname end as
               name,
           case when n % 10 = 0 then lpad((n * 13)::text, 10, '7') end as nip,
           case when n % 10 > 0 then lpad((n * 17)::text, 11, '8') end as pesel,
           operational.plain(surname) || n || '@example.pl' as mail, '6' || lpad(n::text, 8, '0') as phone,
           a.id as address, '99' || lpad(n::text, 24, '0') as account,
             date '2015-01-01' + (n % 4000)::int as since
         from generate_series(1, :customers) n
         cross join lateral (select (cast('{_STEMS}' as text[]))[1 + abs(hashint4(n::int)) % 60]
           || (cast('{_ENDS}' as text[]))[1 + abs(hashint4(n::int * 3)) % 15] as surname) s
         join (select min(id) - 1 as before from operational.addresses) f on true
         join operational.addresses a on a.id = f.before + n) made""",
    """insert into operational.supply_points (code, medium, dso_code, address_id)
       select base || (10 - check_sum % 10) % 10, case when n % 25 = 0 then 'gas' else 'electricity' end,
         case when n % 25 = 0 then 'psg' else 'tauron' end, before + n
       from (select n, '590322' || lpad(n::text, 11, '0') as base from generate_series(1, :points) n) b
       cross join lateral (select sum(cast(substr(base, place,
         1) as int) * case when place % 2 = 1 then 3 else 1 end)
         as check_sum from generate_series(1, 17) place) c
       cross join (select min(id) - 1 as before from operational.addresses) f""",
    """insert into operational.supply_point_terms (supply_point_id, tariff_group, annual_kwh,
      customer_class, valid_from)
       select id, 'G11', 2400, 'household', date '2020-01-01' from operational.supply_points""",
    """insert into operational.meters (serial, medium)
       select 'M' || lpad(n::text, 8, '0'), 'electricity' from generate_series(1, :points) n""",
    """insert into operational.meter_installations (meter_id, supply_point_id, valid_from)
       select m.id, p.id, date '2020-01-01' from (select id, row_number() over (order by id) as n
         from operational.meters) m
       join (select id, row_number() over (order by id) as n from operational.supply_points) p using (n)""",
    "insert into operational.products (code, name, medium) values ('BENCH', 'Bench', 'electricity')",
    """insert into operational.price_lists (code, name, product_id)
       select 'BENCH-1', 'Bench 1', id from operational.products where code = 'BENCH'""",
    """insert into operational.contracts (number, customer_id, kind, signed_on)
       select 'U/2025/' || customer_number, id, 'comprehensive', date '2025-01-01'
         from operational.customers""",
    """insert into operational.contract_terms (contract_id, price_list_id, cycle_anchor, valid_from)
       select k.id, l.id, date '2025-01-01', date '2025-01-01' from operational.contracts k
       join operational.price_lists l on l.code = 'BENCH-1'""",
    """insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from)
       select k.id, p.id, date '2025-01-01' from (select id, row_number() over (order by id) as n
         from operational.contracts) k
       join (select id, row_number() over (order by id) as n from operational.supply_points) p using (n)""",
    """insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date,
      computation_id)
       values ('2026-06-01', '2026-06-30', '2026-07-01', '2026-07-05', 'bench')""",
    "insert into operational.number_series (code, last_number) values ('FV/BENCH', :customers)",
    """insert into operational.billing_scopes (scope_key, contract_id, supply_point_id, customer_id,
      cycle_start)
       select 's' || k.id, k.id, s.supply_point_id, k.customer_id, date '2026-06-01'
         from operational.contracts k
       join operational.contract_supply_points s on s.contract_id = k.id""",
    """insert into operational.documents (kind, series, sequence, number, customer_id, contract_id,
      version_no,
         issue_date, period_from, period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh,
           is_estimated,
         run_id, content, content_hash)
       select 'invoice', 'FV/BENCH', n, 'FV/2026/07/' || lpad(n::text, 7, '0'), k.customer_id, k.id, 1,
         '2026-07-05',
         '2026-06-01', '2026-06-30', date '2026-07-05' + (n % 30)::int, 100 + n % 300, 23, 123 + n % 300,
           200, false,
         (select max(id) from operational.billing_runs), '{}', '\\x00'
       from (select id, customer_id, row_number() over (order by id) as n from operational.contracts) k""",
    """insert into operational.document_lines (document_id, line_no, scope_id, line_key, charge_code,
      section, period_from,
         period_to, unit, quantity_before, quantity_after, price_before, price_after, net_before, net_after,
           vat_rate,
         energy_kwh_before, energy_kwh_after, is_estimated, calculation)
       select d.id, 1, s.id, 'energy', 'energy_active', 'sale', '2026-06-01', '2026-06-30', 'kwh', 0, 200,
         0, 0.5, 0,
         d.net_amount, 0.23, 0, 200, false, '{}'
       from operational.documents d join operational.billing_scopes s on s.contract_id = d.contract_id""",
    """insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
       select customer_id, id, gross_amount, issue_date, due_date from operational.documents""",
    """insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id,
         document_id, idempotency_key)
       select 'receivable', 'sales', gross_amount, 'invoice', issue_date, customer_id, id, 'd' || id
       from operational.documents""",
    """insert into operational.payments (idempotency_key, amount, booked_on, title, payer_name, customer_id,
      matched_by)
       select 'p' || d.id, d.gross_amount, '2026-07-10', 'zaplata ' || d.number, upper(c.name), d.customer_id,
         'virtual_account'
       from operational.documents d join operational.customers c on c.id = d.customer_id
         where d.id % 10 <> 0""",
    """insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date)
       select customer_id, id, -amount, booked_on, booked_on from operational.payments""",
    """insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
      business_date, rule,
         idempotency_key)
       select d.customer_id, d.id, c.id, d.amount, c.business_date, 'bench', 'a' || d.id
       from operational.open_items d join operational.open_items c on c.customer_id = d.customer_id
       where d.amount > 0 and c.amount < 0""",
    """insert into operational.notes (customer_id, body) select id, 'note ' || id
      from operational.customers""",
)
_COUNTS = text("""select (select count(*) from operational.customers) as customers,
    (select count(*) from operational.supply_points) as supply_points,
    (select count(*) from operational.contracts) as contracts, (select count(*)
      from operational.documents) as documents,
    (select count(*) from operational.payments) as payments, (select count(*)
      from operational.open_items) as open_items""")


def make_portfolio(session: Session, *, customers: int) -> None:
    """Fill an empty database with customers, points, contracts, invoices and payments."""
    given = {"customers": customers, "points": int(customers * POINTS_PER_CUSTOMER)}
    session.execute(text("set local synchronous_commit = off"))
    for statement in _STATEMENTS:
        used = text(statement)
        session.execute(used, {name: given[name] for name in used._bindparams})


def rows_of(session: Session) -> dict[str, int]:
    """Return how many rows the tables of a portfolio hold."""
    return {name: int(count) for name, count in session.execute(_COUNTS).one()._mapping.items()}
