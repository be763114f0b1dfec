"""The statement of pricing: lines of even use by the rules of the dbt billing models.

Same rules as ``int_billing_rates_found``, ``int_billing_rates_cut``, ``int_billing_rates_merged`` and
``prop_document_lines``: the more exact rate wins, lines are cut where a rate changes, months are counted
exactly in parts of 377580 = lcm(28, 29, 30, 31), and a line is rounded half-up once.
"""

from typing import Final

MONTH_PARTS: Final = 377580


def _position(day: str) -> str:
    """Position of a day on a scale where every month is 377580 long."""
    month_end = f"date_trunc('month', {day}::timestamp) + interval '1 month' - interval '1 day'"
    return (
        f"((extract(year from {day})::bigint * 12 + extract(month from {day})::bigint) * {MONTH_PARTS}"
        f" + (extract(day from {day})::bigint - 1) * {MONTH_PARTS} / extract(day from {month_end})::bigint)"
    )


def _share(quantity: str, whole: tuple[str, str], part: tuple[str, str], digits: str) -> str:
    """Share of an even quantity that falls on a part; shares of a partition add up to the whole."""
    days = f"({whole[1]} - {whole[0]})"
    return (
        f"(round({quantity} * ({part[1]} - {whole[0]}) / {days}, {digits})"
        f" - round({quantity} * ({part[0]} - {whole[0]}) / {days}, {digits}))"
    )


_OF_CYCLE: Final = _share("u.kwh", (":start", ":until"), ("y.cycle_from", "y.cycle_to"), ":digits")
_OF_LINE: Final = _share("u.kwh", ("m.cycle_from", "m.cycle_to"), ("m.period_from", "m.period_to"), ":digits")

# Network and statutory rates that end with the last published tariff are carried on (projected_from): an
# offer looks further than the tariffs do. Prices of the seller are never carried on.
_CANDIDATES: Final = """
  select 'dso_rates' as rate_table, r.id, r.charge_code, r.zone_code, r.unit, r.price, 1::numeric as factor,
    (r.zone_code <> '')::int * 4 + (r.phases <> 0)::int * 2 + (r.settlement_months <> 0)::int as specificity,
    r.valid_from, r.valid_to, r.valid_to = max(r.valid_to) over (partition by r.charge_code)
      and bool_and(r.valid_to is not null) over (partition by r.charge_code) as is_last
  from operational.dso_rates r where r.superseded_at is null and r.dso_code = :dso
    and r.tariff_group = :group and r.phases in (0, :phases) and r.settlement_months in (0, :cycle_months)
  union all
  select 'statutory_rates', r.id, r.charge_code, '', r.unit, r.price, r.factor,
    length(r.tariff_prefix) * 2 + (r.customer_class <> 'any')::int, r.valid_from, r.valid_to,
    r.valid_to = max(r.valid_to) over (partition by r.charge_code)
      and bool_and(r.valid_to is not null) over (partition by r.charge_code)
  from operational.statutory_rates r where r.superseded_at is null and starts_with(:group, r.tariff_prefix)
    and r.customer_class in ('any', :class) and :annual_kwh <@ r.annual_kwh_range
  union all
  select 'price_list_items', i.id, i.charge_code, i.zone_code, i.unit, i.price, 1,
    (i.zone_code <> '')::int * 2 + (i.tariff_group <> '')::int, i.valid_from, i.valid_to, false
  from operational.price_list_items i where i.superseded_at is null and i.price_list_id = :price_list
    and i.tariff_group in ('', :group)"""

_EXPECTED: Final = """
  select c.code as charge_code, c.section, c.quantity_basis, c.rate_source, c.is_required, c.sort_order,
    c.name_pl, c.name_en, z.zone_code, y.cycle_no, y.cycle_from, y.cycle_to,
    greatest(y.cycle_from, c.applies_from) as period_from, least(y.cycle_to, c.applies_to) as period_to
  from operational.charges c cross join cycles y
  cross join lateral unnest(case when c.quantity_basis = 'zone_energy' then cast(:zones as text[])
    else array[''] end) as z (zone_code)
  where c.medium = :medium and c.capacity_mode in ('any', :capacity_mode)
    and (c.section = 'sale' or :is_comprehensive) and c.quantity_basis <> 'network'
    and c.rate_source not in ('formula', 'contract')
    and not (c.code = 'energy_active' and exists (select from operational.price_formulas f
      where f.price_list_id = :price_list and f.superseded_at is null))
    and greatest(y.cycle_from, c.applies_from) < least(y.cycle_to, c.applies_to)"""

LINES: Final = f"""
with cycles as (
  select n as cycle_no, least(cast(:start as date) + make_interval(months => n * :cycle_months), :until)::date
    as cycle_from, least(cast(:start as date) + make_interval(months => (n + 1) * :cycle_months),
    :until)::date as cycle_to
  from generate_series(0, :cycles - 1) as n
),
used as (
  select u.zone_code, y.cycle_no, {_OF_CYCLE} as kwh
  from unnest(cast(:zones as text[]) || array['capacity_hours'],
    cast(:kwh as numeric[]) || cast(:capacity_kwh as numeric)) as u (zone_code, kwh) cross join cycles y
),
candidates as ({_CANDIDATES}),
expected as ({_EXPECTED}),
found as (
  select e.charge_code, e.zone_code, e.cycle_no, r.rate_table, r.id, r.zone_code as rate_zone, r.unit,
    r.price, r.factor, r.specificity, r.valid_from, r.valid_to as known_to,
    case when r.is_last then null else r.valid_to end as valid_to
  from expected e join candidates r on r.charge_code = e.charge_code
    and r.rate_table = case e.rate_source when 'dso' then 'dso_rates' when 'statutory' then 'statutory_rates'
      else 'price_list_items' end
    and (r.zone_code in ('', e.zone_code) or (e.zone_code = '' and r.zone_code = 'all'))
    and r.valid_from < e.period_to and (r.is_last or r.valid_to is null or r.valid_to > e.period_from)
),
cuts as (
  select e.charge_code, e.zone_code, e.cycle_no, e.period_from as day from expected e
  union select f.charge_code, f.zone_code, f.cycle_no, f.valid_from from found f
  union select f.charge_code, f.zone_code, f.cycle_no, f.valid_to from found f
  union select e.charge_code, e.zone_code, e.cycle_no, v.valid_from from expected e
    join operational.vat_rates v on v.medium = :medium and v.superseded_at is null
  union select e.charge_code, e.zone_code, e.cycle_no, x.valid_from from expected e
    join operational.excise_rates x on x.medium = :medium and x.customer_class = :class
      and x.superseded_at is null and e.charge_code in ('energy_active', 'gas_fuel')
  union select e.charge_code, e.zone_code, e.cycle_no, m.first_day::date from expected e
    cross join lateral generate_series(date_trunc('month', e.period_from::timestamp), e.period_to,
      interval '1 month') as m (first_day)
    where (:medium = 'gas' and e.quantity_basis in ('zone_energy', 'total_energy'))
      or e.quantity_basis = 'capacity_energy'
),
pieces as (
  select e.*, c.day as piece_from, lead(c.day, 1, e.period_to) over (
    partition by e.charge_code, e.zone_code, e.cycle_no order by c.day) as piece_to
  from expected e join cuts c on c.charge_code = e.charge_code and c.zone_code = e.zone_code
    and c.cycle_no = e.cycle_no and c.day >= e.period_from and c.day < e.period_to
),
rated as (
  select distinct on (p.charge_code, p.zone_code, p.cycle_no, p.piece_from) p.*, f.rate_table,
    f.id as rate_id, f.rate_zone, f.unit, f.factor, v.rate as vat_rate, v.id as vat_rate_id,
    x.id as excise_rate_id,
    case when p.charge_code = 'energy_active'
      then least(f.price, (select min(k.price) from operational.price_caps k where k.superseded_at is null
        and k.scope = :class and k.tier = 1 and k.annual_limit_kwh is null and not k.needs_declaration
        and p.piece_from >= k.valid_from and p.piece_from < k.valid_to) + coalesce(x.price_pln_per_kwh, 0))
      else f.price end as price,
    f.known_to,
    case when p.charge_code in ('energy_active', 'gas_fuel') then coalesce(x.price_pln_per_kwh, 0)
      else 0 end as excise
  from pieces p
  left join found f on f.charge_code = p.charge_code and f.zone_code = p.zone_code and f.cycle_no = p.cycle_no
    and p.piece_from >= f.valid_from and (f.valid_to is null or p.piece_from < f.valid_to)
  left join operational.vat_rates v on v.medium = :medium and v.superseded_at is null
    and p.piece_from >= v.valid_from and (v.valid_to is null or p.piece_from < v.valid_to)
  left join operational.excise_rates x on x.medium = :medium and x.customer_class = :class
    and x.superseded_at is null and p.piece_from >= x.valid_from
    and (x.valid_to is null or p.piece_from < x.valid_to)
  order by p.charge_code, p.zone_code, p.cycle_no, p.piece_from, f.specificity desc nulls last
),
modes as (
  select r.*, quantity_basis = 'zone_energy' and every(coalesce(rate_zone = '', false)) over (
      partition by charge_code) as is_together, min(zone_code) over (partition by charge_code) as first_zone,
    case when (:medium = 'gas' and quantity_basis in ('zone_energy', 'total_energy'))
      or quantity_basis = 'capacity_energy' then date_trunc('month', piece_from::timestamp) end as own_month
  from rated r where rate_id is not null or is_required
),
islands as (
  select m.*, count(*) filter (where is_first) over (
    partition by charge_code, zone_code, cycle_no order by piece_from) as island
  from (
    select n.*, (rate_id, vat_rate_id, excise_rate_id, price, own_month) is distinct from lag(
      (rate_id, vat_rate_id, excise_rate_id, price, own_month)) over (
      partition by charge_code, zone_code, cycle_no order by piece_from)
      or piece_from is distinct from lag(piece_to) over (
        partition by charge_code, zone_code, cycle_no order by piece_from) as is_first
    from modes n where not is_together or zone_code = first_zone
  ) m
),
merged as (
  select charge_code, section, quantity_basis, sort_order, name_pl, name_en,
    case when is_together then '' else zone_code end as zone_code, cycle_no, cycle_from, cycle_to, rate_table,
    rate_id, unit, price, factor, vat_rate, excise, min(known_to) as known_to,
    min(piece_from) as period_from, max(piece_to) as period_to
  from islands group by charge_code, section, quantity_basis, sort_order, name_pl, name_en, is_together,
    zone_code, cycle_no, cycle_from, cycle_to, rate_table, rate_id, unit, price, factor, vat_rate, excise,
    island
),
measured as (
  select m.*, {_position("m.period_to")} - {_position("m.period_from")} as parts,
    extract(epoch from (m.period_to::timestamp at time zone 'Europe/Warsaw'
      - m.period_from::timestamp at time zone 'Europe/Warsaw'))::bigint / 3600 as hours,
    (select sum({_OF_LINE})
      from used u where u.cycle_no = m.cycle_no and case m.quantity_basis
        when 'capacity_energy' then u.zone_code = 'capacity_hours'
        when 'zone_energy' then u.zone_code = m.zone_code
          or (m.zone_code = '' and u.zone_code <> 'capacity_hours')
        else u.zone_code <> 'capacity_hours' end) as kwh
  from merged m
)
select charge_code, section, sort_order, name_pl, name_en, zone_code, cycle_no, period_from, period_to,
  rate_table, rate_id, unit, price, vat_rate, excise,
  case when known_to < period_to then greatest(known_to, period_from) end as projected_from,
  case unit when 'kwh' then kwh when 'month' then round(parts::numeric / {MONTH_PARTS}, 6)
    when 'kw_hour' then cast(:power as numeric) * hours
    else round(cast(:power as numeric) * parts / {MONTH_PARTS}, 6) end as quantity,
  case unit when 'kwh' then round(kwh * price * factor, 2)
    when 'kw_hour' then round(cast(:power as numeric) * hours * price * factor, 2)
    when 'month' then round((parts * price * factor)::numeric(60, 24) / {MONTH_PARTS}, 2)
    else round((cast(:power as numeric) * parts * price * factor)::numeric(60, 24) / {MONTH_PARTS}, 2)
  end as net
from measured order by cycle_no, sort_order, zone_code, period_from"""
