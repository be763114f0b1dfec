"""A small synthetic market in SQL: facts in ``operational`` and the targets that the warehouse would compute.

The tables of schema ``proposals`` have the very shape of the contract that dbt enforces, so that the issue
step is tested without building the warehouse. One customer has one G11 point at the distributor ``tauron``
unless said otherwise.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from operational.kernel import db
from operational.kernel.calendar import add_months

FIRST_MONTH = date(2026, 1, 1)
COMPUTATION = "computation-1"

_TABLES = """
drop table if exists proposals.prop_document_lines, proposals.prop_document_scopes,
  proposals.prop_billing_exceptions,
  proposals.prop_computation;
create table proposals.prop_document_lines (
  scope_key text not null, line_key text not null, supply_point_id bigint not null, charge_code text not null,
  section text not null, zone_code text not null, period_from date not null, period_to date not null, unit
    text not null,
  quantity numeric(18,6) not null, price numeric(18,8) not null, net_amount numeric(18,2) not null,
  vat_rate numeric(5,4) not null, energy_kwh numeric(18,3) not null, is_estimated boolean not null,
  sort_order integer not null, calculation jsonb not null, primary key (scope_key, line_key));
create table proposals.prop_document_scopes (
  scope_key text primary key, contract_id bigint, supply_point_id bigint, customer_id bigint, cycle_start
    date,
  period_from date, period_to date, group_key text, payment_term_days integer, net_amount numeric(18,2),
  energy_kwh numeric(18,3), line_count integer, is_estimated boolean, is_billable boolean, fingerprint text,
  is_forecast boolean not null default false);
create index on proposals.prop_document_scopes (customer_id);
create table proposals.prop_billing_exceptions (
  scope_key text, supply_point_id bigint, customer_id bigint, code text, severity text, message text, cure
    text);
create table proposals.prop_computation (computation_id text, known_at timestamptz, billed_through date);
"""

_FACTS = (
    """insert into operational.products (code, name, medium) values ('E-STD', 'Prąd', 'electricity')""",
    """insert into operational.price_lists (code, name, product_id)
       select 'STD', 'Cennik', id from operational.products where code = 'E-STD'""",
    """insert into operational.price_list_items (price_list_id, charge_code, zone_code, unit, price,
      valid_from, source)
       select l.id, v.* from operational.price_lists l, (values
         ('energy_active', 'all', 'kwh', 0.6212, date '2024-01-01', 'Price list STD par. 1'),
         ('trade_fee', '', 'month', 9.90, date '2024-01-01', 'Price list STD par. 2')) v""",
    """insert into operational.addresses (street, building, postal_code, city)
       select 'ul. Testowa', g::text, '00-950', 'Warszawa' from generate_series(1, :customers) g""",
    """insert into operational.customers (customer_number, kind, name, email, address_id, virtual_account,
      customer_since)
       select 'K' || lpad(g::text, 7, '0'), 'household', 'Odbiorca ' || g, 'k' || g || '@example.com', g,
              lpad(g::text, 26, '0'), date '2025-01-01' from generate_series(1, :customers) g""",
    """insert into operational.contracts (number, customer_id, kind, signed_on)
       select 'U/' || c.id, c.id, 'comprehensive', date '2025-01-01' from operational.customers c""",
    """insert into operational.contract_terms (contract_id, price_list_id, cycle_anchor, invoicing_rule,
      valid_from)
       select c.id, l.id, date '2026-01-01', :rule, date '2025-01-01'
         from operational.contracts c, operational.price_lists l""",
    """insert into operational.supply_points (code, medium, dso_code, address_id)
       select '590322' || lpad(g::text, 12, '0'), 'electricity', 'tauron', (g - 1) % :customers + 1
         from generate_series(1, :customers * :points) g""",
    """insert into operational.supply_point_terms (supply_point_id, tariff_group, contracted_power_kw,
      annual_kwh,
              customer_class, valid_from)
       select p.id, 'G11', 12, 2400, 'household', date '2025-01-01' from operational.supply_points p""",
    """insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from)
       select c.id, p.id, date '2026-01-01' from operational.supply_points p
         join operational.contracts c on c.customer_id = p.address_id""",
    """insert into operational.meters (serial, medium) select 'L' || p.id, 'electricity' from
      operational.supply_points p""",
    """insert into operational.registers (meter_id, zone_code, unit) select m.id, 'all', 'kwh' from
      operational.meters m""",
    """insert into operational.meter_installations (meter_id, supply_point_id, valid_from)
       select m.id, p.id, date '2025-01-01' from operational.supply_points p
         join operational.meters m on m.serial = 'L' || p.id""",
    """insert into operational.readings (register_id, supply_point_id, reading_date, value, kind)
       select r.id, i.supply_point_id, (date '2026-01-01' + make_interval(months => k) - interval '1
         day')::date,
              1000 + k * (100 + i.supply_point_id % 150), 'actual_remote'
         from operational.registers r join operational.meter_installations i on i.meter_id = r.meter_id,
              generate_series(0, :months) k""",
)  # fmt: skip

# The rate rows that a G11 point of tauron uses in 2026, each with its charge and how its quantity is counted.
_RATES = """
create temp table rate on commit drop as
select 'price_list_items' tbl, i.id, i.charge_code, i.unit, i.price from operational.price_list_items i
union all
select 'dso_rates', r.id, r.charge_code, r.unit, r.price from operational.dso_rates r
 where r.dso_code = 'tauron' and r.tariff_group = 'G11' and date '2026-03-01' >= r.valid_from
   and (r.valid_to is null or date '2026-03-01' < r.valid_to) and r.superseded_at is null
   and r.phases in (0, 1) and r.settlement_months in (0, 1)
union all
select 'statutory_rates', r.id, r.charge_code, r.unit, r.price from operational.statutory_rates r
 where date '2026-03-01' >= r.valid_from and (r.valid_to is null or date '2026-03-01' < r.valid_to)
   and r.charge_code in ('capacity_flat', 'res_levy', 'cogeneration_levy') and r.customer_class in ('any',
     'household')
   and r.annual_kwh_range @> 2400.0 and r.superseded_at is null
"""

_SCOPES = """
create temp table scope on commit drop as
select c.id || ':' || p.id || ':' || s.start as scope_key, c.id contract_id, p.id supply_point_id,
  c.customer_id,
       s.start cycle_start, (s.start + interval '1 month')::date finish, t.invoicing_rule, k,
       (100 + p.id % 150)::numeric kwh, r0.id start_id, r1.id end_id, t.id terms_id
  from operational.contracts c
  join operational.contract_terms t on t.contract_id = c.id and t.superseded_at is null
  join operational.contract_supply_points k2 on k2.contract_id = c.id
  join operational.supply_points p on p.id = k2.supply_point_id
  cross join generate_series(1, :months) k
  cross join lateral (select (date '2026-01-01' + make_interval(months => k - 1))::date as start) s
  join operational.readings r0 on r0.supply_point_id = p.id and r0.reading_date = s.start - 1
  join operational.readings r1 on r1.supply_point_id = p.id
   and r1.reading_date = (s.start + interval '1 month' - interval '1 day')::date
"""

_LINES = """
insert into proposals.prop_document_lines
select s.scope_key, r.charge_code || '|' || case when h.quantity_basis = 'zone_energy' then 'all' else '' end
  || '|' || s.cycle_start,
       s.supply_point_id, r.charge_code, h.section, case when h.quantity_basis = 'zone_energy' then 'all'
         else '' end,
       s.cycle_start, s.finish, r.unit, case when r.unit = 'kwh' then s.kwh else 1 end, r.price,
       round(case when r.unit = 'kwh' then s.kwh else 1 end * r.price, 2), 0.23,
       case when r.charge_code = 'energy_active' then s.kwh else 0 end, false, h.sort_order,
       case when r.unit = 'kwh' then jsonb_build_object('formula', 'quantity * price',
              'readings', jsonb_build_array(jsonb_build_array(s.start_id, s.end_id)),
              'split', jsonb_build_object('days', s.finish - s.cycle_start, 'of_days', s.finish -
                s.cycle_start, 'interval_kwh', s.kwh))
            else jsonb_build_object('formula', 'months * price', 'months',
              jsonb_build_array(jsonb_build_array(s.finish - s.cycle_start, s.finish - s.cycle_start))) end
       || jsonb_build_object('rate', jsonb_build_object('table', r.tbl, 'id', r.id), 'vat_rate_id', v.id,
         'terms_id', s.terms_id)
       || case when r.charge_code = 'energy_active' then jsonb_build_object('excise_rate_id', e.id) else '{}'
         end
  from scope s cross join rate r join operational.charges h on h.code = r.charge_code
  join operational.vat_rates v on v.medium = 'electricity' and v.valid_from = date '2023-01-01'
  join operational.excise_rates e on e.medium = 'electricity' and e.customer_class = 'household' and
    e.valid_from = date '2023-01-01'
"""

_INSERT_SCOPES = """
insert into proposals.prop_document_scopes
select scope_key, contract_id, supply_point_id, customer_id, cycle_start, cycle_start, finish,
       case invoicing_rule when 'per_supply_point' then 'sp:' || scope_key
            when 'per_contract' then 'contract:' || contract_id || ':' || cycle_start
            else 'customer:' || customer_id || ':' || cycle_start end, 14, 0, 0, 0, false, true, ''
  from scope
"""

# As dbt does: what a scope's row says follows from its lines.
REFRESH = """
update proposals.prop_document_scopes s set net_amount = l.net, energy_kwh = l.kwh, line_count = l.n,
       is_estimated = l.is_estimated, fingerprint = l.fingerprint
  from (select scope_key, sum(net_amount) net, sum(energy_kwh) kwh, count(*) n, bool_or(is_estimated)
    is_estimated,
               md5(string_agg(concat_ws('|', line_key, quantity, price, net_amount, vat_rate, energy_kwh),
                 ';' order by line_key)) fingerprint
          from proposals.prop_document_lines group by scope_key) l
 where l.scope_key = s.scope_key and s.fingerprint is distinct from l.fingerprint
"""


@dataclass(frozen=True, slots=True)
class Market:
    """A database with facts and targets; ``change`` recomputes the targets as the warehouse would."""

    database: str
    months: int

    def publish(self, *, months: int | None = None, computation: str = COMPUTATION) -> None:
        """Compute the targets of the first ``months`` months from the facts (default: all)."""
        through = months or self.months
        with db.open_session("dbt", actor="test:dbt", database=self.database) as session:
            session.execute(text(_TABLES))
            session.execute(text(_RATES))
            session.execute(text(_SCOPES), {"months": through})
            for statement in (_LINES, _INSERT_SCOPES, REFRESH):
                session.execute(text(statement))
            session.execute(
                text("insert into proposals.prop_computation values (:id, '2026-07-01 00:00+00', :through)"),
                {"id": computation, "through": add_months(FIRST_MONTH, through) - timedelta(days=1)},
            )
        with (
            db.engine("dbt", self.database).connect().execution_options(isolation_level="AUTOCOMMIT") as free
        ):
            free.execute(text("analyze proposals.prop_document_lines, proposals.prop_document_scopes"))

    def change(self, *statements: str, computation: str | None = None, is_refreshed: bool = True) -> None:
        """Run SQL as the warehouse on the proposals, refresh the scopes and name the new computation."""
        with db.open_session("dbt", actor="test:dbt", database=self.database) as session:
            for statement in (*statements, REFRESH) if is_refreshed else statements:
                session.execute(text(statement))
            if computation:
                session.execute(
                    text("update proposals.prop_computation set computation_id = :id"), {"id": computation}
                )


def build(
    database: str,
    *,
    customers: int,
    months: int = 1,
    points: int = 1,
    rule: str = "per_supply_point",
    is_published: bool = True,
) -> Market:
    """Fill an empty migrated database with customers, points, meters, readings, prices, and publish
    targets.
    """
    parameters = {"customers": customers, "points": points, "rule": rule, "months": months}
    with db.open_session("app", actor="test:market", database=database) as session:
        for statement in _FACTS:
            found = text(statement)
            session.execute(found, {name: parameters[name] for name in found._bindparams})
    market = Market(database, months)
    if is_published:
        market.publish()
    return market
