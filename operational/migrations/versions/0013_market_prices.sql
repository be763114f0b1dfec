-- Market prices, prosumer deposits, price caps, discounts and services.
-- Prices of the exchange and of the operator land in raw.market_prices (migration 0007: index_code, starts_at, resolution, price,
-- currency), one row per index and UTC start; the lake multiplies
-- them with the intervals and dbt reads only the resulting determinants (migration 0007). Counters of caps are computed, not stored.
set role iris_owner;
set search_path = operational, public;

-- Another room widens the same lists of words; what it added stays.
do $$
declare c record; more text;
begin
  for c in
    select k.conname, k.conrelid::regclass::text as relation, pg_get_expr(k.conbin, k.conrelid) as old, v.more
      from (values
        ('charges', 'charges_quantity_basis_check', $q$quantity_basis in ('index_energy', 'component')$q$),
        ('charges', 'charges_rate_source_check', $q$rate_source in ('formula', 'contract')$q$),
        ('supply_point_terms', 'supply_point_terms_metering_mode_check', $q$metering_mode in ('intervals', 'balanced')$q$),
        ('document_lines', 'document_lines_unit_check', $q$unit in ('pln', 'piece')$q$),
        ('accounts', 'accounts_kind_check', $q$kind in ('expense')$q$)) as v (relation, name, more)
      join pg_constraint k on k.conname = v.name and k.conrelid = ('operational.' || v.relation)::regclass
  loop
    execute format('alter table %s drop constraint %I', c.relation, c.conname);
    execute format('alter table %s add constraint %I check ((%s) or %s)', c.relation, c.conname, c.old, c.more);
  end loop;
end $$;

insert into accounts values
  ('prosumer_deposit', 'Depozyt prosumencki', 'Prosumer deposits', 'liability'),
  ('energy_purchased', 'Zakup energii od prosumentów', 'Energy bought from prosumers', 'expense'),
  ('deposit_refunds', 'Zwroty nadpłat depozytu', 'Refunds of deposits', 'liability');

-- Series of prices: RDN (day-ahead, hours), RDN15 (quarters), RCE (quarters), RCE60 (hours), RCEm (month).
create table market_indices (
  code text primary key, minutes smallint not null check (minutes in (0, 15, 60)), is_floored_at_zero boolean not null,
  name_pl text not null, name_en text not null, source text not null
);

-- Prices of a whole period (RCEm), zloty per MWh; a later correction is a new version and settles the deposits anew.
create table market_month_prices (
  id bigint generated always as identity primary key,
  index_code text not null references market_indices, price_pln_per_mwh numeric(12, 4) not null check (price_pln_per_mwh between -100000 and 100000),
  valid_from date not null, valid_to date not null, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (index_code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Numbers of the rules of market products: uplift, life and refund of deposits, ratios of net-metering.
create table market_parameters (
  id bigint generated always as identity primary key,
  code text not null, value numeric(12, 6) not null check (value >= 0), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- How a price list prices energy by an index: sum of kWh x index (bounded per interval) x multiplier + kWh x (margin + excise).
create table price_formulas (
  id bigint generated always as identity primary key,
  price_list_id bigint not null references price_lists, index_code text not null references market_indices,
  margin unit_price not null default 0, multiplier numeric(8, 6) not null default 1 check (multiplier > 0),
  floor_pln_per_mwh numeric(12, 4), cap_pln_per_mwh numeric(12, 4), adds_excise boolean not null default true,
  -- Bounds act on every interval, so the lake sums them apart: this is the index_code of its determinant.
  determinant_index text not null default '',
  valid_from date not null, valid_to date, source text not null default '',
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (cap_pln_per_mwh > floor_pln_per_mwh),
  exclude using gist (price_list_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- No generated column: those are still empty when the trigger of versions compares old and new.
create function name_determinant_index() returns trigger language plpgsql as $$
begin
  new.determinant_index := new.index_code || coalesce(':floor' || trim_scale(new.floor_pln_per_mwh)::text, '')
    || coalesce(':cap' || trim_scale(new.cap_pln_per_mwh)::text, '');
  return new;
end $$;
create trigger name_determinant_index before insert on price_formulas for each row execute function name_determinant_index();

-- How a supply point that feeds in is settled. opted_in: moved from the monthly to the hourly price by own choice.
create table prosumer_terms (
  id bigint generated always as identity primary key,
  supply_point_id bigint not null references supply_points,
  scheme text not null check (scheme in ('net_billing_rcem', 'net_billing_rce', 'net_metering')),
  installed_kw numeric(8, 3) not null check (installed_kw > 0 and installed_kw <= 50), has_opted_in boolean not null default false,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Prices that a statute does not let the seller exceed: net, without excise. Tier 1 holds up to the limit of the year per supply
-- point, tier 2 above it; without a limit tier 1 holds for all energy.
create table price_caps (
  id bigint generated always as identity primary key,
  scope text not null check (scope in ('household', 'business')), category text not null, tier smallint not null check (tier in (1, 2)),
  annual_limit_kwh numeric(18, 3) check (annual_limit_kwh > 0), needs_declaration boolean not null, price unit_price not null check (price >= 0),
  valid_from date not null, valid_to date not null, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (tier = 1 or annual_limit_kwh is null),
  exclude using gist (scope with =, category with =, tier with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- What a customer declared to be entitled to a cap or to a higher limit; holds for supply from valid_from on.
create table cap_declarations (
  id bigint generated always as identity primary key,
  supply_point_id bigint not null references supply_points, category text not null, declared_on date not null,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Discounts and services of a contract. kind: service_month (PLN a month), service_once (PLN on valid_from), discount_month (PLN a
-- month), discount_kwh (PLN per kWh of energy), discount_percent (share of the energy lines, 0.05 = 5 %). Discounts are given positive.
create table contract_components (
  id bigint generated always as identity primary key,
  contract_id bigint not null references contracts, supply_point_id bigint references supply_points,
  kind text not null check (kind in ('service_month', 'service_once', 'discount_month', 'discount_kwh', 'discount_percent')),
  code text not null check (code ~ '^[a-z0-9_-]{1,40}$'), name_pl text not null, name_en text not null,
  value unit_price not null check (value > 0 and (kind <> 'discount_percent' or value <= 1)),
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (contract_id with =, code with =, coalesce(supply_point_id, 0) with =, daterange(valid_from, valid_to) with &&)
    where (superseded_at is null)
);
create index on contract_components (contract_id) where superseded_at is null;

-- A month's worth of fed-in energy on the deposit of a supply point, and every movement on it. Renewable Energy Act art. 4b-4c.
-- Balance of a lot = sum of its movements; credit + correction = use + refund + forfeit + balance.
create table deposit_lots (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null references customers, supply_point_id bigint not null references supply_points,
  feed_in_month date not null check (extract(day from feed_in_month) = 1), price_kind text not null check (price_kind in ('RCEm', 'RCE')),
  assigned_on date not null, expires_on date not null, refund_share numeric(6, 4) not null check (refund_share between 0 and 1),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  check (expires_on > assigned_on), unique (customer_id, supply_point_id, feed_in_month)
);
create table deposit_entries (
  id bigint generated always as identity primary key, lot_id bigint not null references deposit_lots,
  customer_id bigint not null references customers, document_id bigint references documents,
  kind text not null check (kind in ('credit', 'use', 'return', 'refund', 'forfeit')), amount money_pln not null check (amount <> 0),
  fed_kwh energy_kwh not null default 0, fed_value money_pln not null default 0, uplift numeric(6, 4) not null default 1,
  business_date date not null, calculation jsonb not null default '{}', idempotency_key text not null unique,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  check (case kind when 'credit' then true when 'return' then amount > 0 else amount < 0 end)
);
create index on deposit_entries (lot_id);
create index on deposit_entries (document_id);
create index on deposit_entries (customer_id);

do $$
declare t text;
begin
  foreach t in array array['market_month_prices', 'market_parameters', 'price_formulas', 'prosumer_terms', 'price_caps', 'cap_declarations',
    'contract_components'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  foreach t in array array['deposit_lots', 'deposit_entries'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  grant select, insert, update on market_indices to iris_app;
  grant select on market_indices to iris_dbt;
  -- The portal sees the deposit, the terms and the extras of its own customer, and the public numbers behind them.
  foreach t in array array['prosumer_terms', 'contract_components', 'deposit_lots', 'deposit_entries', 'market_month_prices'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, case t
      when 'prosumer_terms' then 'supply_point_id in (select k.supply_point_id from operational.contract_supply_points k)'
      when 'contract_components' then 'contract_id in (select c.id from operational.contracts c)'
      when 'market_month_prices' then 'true'
      else 'customer_id = (select sec.customer_of_token())' end);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
end $$;

-- Sums of months of a net-metering prosumer into what is billed: Renewable Energy Act art. 4 (ratios, 12 months, oldest first).
-- months: [{"month": "2026-01-01", "ratio": 0.8, "zones": [{"zone": "day", "rank": 1, "import": 10.5, "export": 3.0}, ...]}, ...] in
-- the order of time; rank 1 is the zone with the highest variable network rate. Surplus first settles its own zone, then the zones
-- by rank, then waits in its zone's bank for at most `life` months, oldest first. Rows: month, zone, billed kWh, taken from the
-- bank, left in the bank, expired in that month.
create function settle_net_metering(months jsonb, life integer)
returns table (month date, zone_code text, imported numeric, exported numeric, credited numeric, from_same_zone numeric,
               from_other_zones numeric, billed numeric, banked numeric, expired numeric)
language plpgsql immutable as $$
declare
  one jsonb; z jsonb; lot jsonb; bank jsonb := '[]'; kept jsonb; need jsonb; used numeric; open_need numeric; give numeric;
  here date; own jsonb; other jsonb; lost jsonb; ratio numeric; credit numeric; wanted text; key text; pass integer;
begin
  for one in select e from jsonb_array_elements(months) with ordinality as t (e, n) order by t.n loop
    here := (one ->> 'month')::date; ratio := (one ->> 'ratio')::numeric;
    need := '{}'; own := '{}'; other := '{}'; lost := '{}'; kept := '[]';
    -- What was fed in too long ago is gone before the month begins.
    for lot in select e from jsonb_array_elements(bank) as t (e) loop
      if (lot ->> 'month')::date + make_interval(months => life) <= here then
        key := lot ->> 'zone';
        lost := jsonb_set(lost, array[key], to_jsonb(coalesce((lost ->> key)::numeric, 0) + (lot ->> 'kwh')::numeric));
      else
        kept := kept || lot;
      end if;
    end loop;
    bank := kept;
    for z in select e from jsonb_array_elements(one -> 'zones') as t (e) order by (e ->> 'rank')::integer loop
      need := jsonb_set(need, array[z ->> 'zone'], to_jsonb((z ->> 'import')::numeric));
      credit := (z ->> 'export')::numeric * ratio;
      if credit > 0 then
        bank := bank || jsonb_build_object('month', here, 'zone', z ->> 'zone', 'kwh', credit);
      end if;
    end loop;
    -- First each lot in its own zone, oldest first; then what is left in the other zones by rank.
    for pass in 1..2 loop
      for z in select e from jsonb_array_elements(one -> 'zones') as t (e) order by (e ->> 'rank')::integer loop
        wanted := z ->> 'zone'; kept := '[]'; open_need := (need ->> wanted)::numeric; used := 0;
        for lot in select e from jsonb_array_elements(bank) as t (e) loop
          give := 0;
          if open_need > 0 and (pass = 2 or lot ->> 'zone' = wanted) then
            give := least(open_need, (lot ->> 'kwh')::numeric);
          end if;
          open_need := open_need - give; used := used + give;
          if (lot ->> 'kwh')::numeric > give then
            kept := kept || jsonb_set(lot, '{kwh}', to_jsonb((lot ->> 'kwh')::numeric - give));
          end if;
        end loop;
        bank := kept;
        need := jsonb_set(need, array[wanted], to_jsonb(open_need));
        if pass = 1 then
          own := jsonb_set(own, array[wanted], to_jsonb(used));
        else
          other := jsonb_set(other, array[wanted], to_jsonb(used));
        end if;
      end loop;
    end loop;
    for z in select e from jsonb_array_elements(one -> 'zones') as t (e) order by (e ->> 'rank')::integer loop
      key := z ->> 'zone';
      return query select here, key, (z ->> 'import')::numeric, (z ->> 'export')::numeric, (z ->> 'export')::numeric * ratio,
        (own ->> key)::numeric, (other ->> key)::numeric, (need ->> key)::numeric,
        coalesce((select sum((b ->> 'kwh')::numeric) from jsonb_array_elements(bank) as t (b) where b ->> 'zone' = key), 0),
        coalesce((lost ->> key)::numeric, 0);
    end loop;
  end loop;
end $$;
grant execute on function settle_net_metering(jsonb, integer) to iris_app, iris_dbt;
reset role;
reset search_path;
