-- Charges of the network: reactive energy, exceeded power, capacity classes.
-- What the distributor settles besides kWh comes as billed volumes with zones and units of their own:
--   capacity_hours, capacity_other_hours (kwh)      energy in the hours of the capacity fee and in the other hours of the same working days
--   reactive_inductive, reactive_capacitive (kvarh) reactive energy
--   exceeded_power (kw)                             power to be charged above the contracted one, summed as the tariff says
--   <charge>_amount (pln)                           net amount that the distributor settled
set role iris_owner;
set search_path = operational, public;

alter table charges drop constraint charges_quantity_basis_check, add constraint charges_quantity_basis_check
  check (quantity_basis in ('zone_energy', 'total_energy', 'capacity_energy', 'month', 'power_month', 'network'));
alter table supply_point_terms drop constraint supply_point_terms_metering_mode_check,
  add constraint supply_point_terms_metering_mode_check check (metering_mode in ('registers', 'volumes', 'intervals'));
alter table billed_volumes drop constraint billed_volumes_unit_check, add constraint billed_volumes_unit_check
  check (unit in ('kwh', 'm3', 'kvarh', 'kw', 'pln')),
  -- Zones that are no energy keep to their unit, so nothing but energy is ever summed as energy.
  add constraint billed_volumes_network_unit_check check (case
    when zone_code in ('reactive_inductive', 'reactive_capacitive') then unit = 'kvarh'
    when zone_code = 'exceeded_power' then unit = 'kw'
    when zone_code like '%\_amount' then unit = 'pln'
    else unit in ('kwh', 'm3') end);
alter table document_lines drop constraint document_lines_unit_check, add constraint document_lines_unit_check
  check (unit in ('kwh', 'month', 'kw_month', 'kw_hour', 'kvarh', 'kw', 'pln'));
do $$
declare t text;
begin
  foreach t in array array['statutory_rates', 'dso_rates', 'price_list_items'] loop
    execute format('alter table %I drop constraint %I, add constraint %I check (unit in (''kwh'', ''month'', ''kw_month'', ''kw_hour''))',
      t, t || '_unit_check', t || '_unit_check');
  end loop;
end $$;

-- Numbers of a distributor's tariff for reactive energy and exceeded power. '' of distributor or group prefix: every one; the most exact row holds.
create table network_rules (
  id bigint generated always as identity primary key,
  dso_code text not null default '', tariff_prefix text not null default '',
  reactive_factor numeric(6, 3) not null check (reactive_factor > 0),       -- k, by the voltage of the network
  reactive_price unit_price not null check (reactive_price >= 0),           -- Crk, PLN per kWh, of the year before
  tg_phi_limit numeric(5, 3) not null check (tg_phi_limit between 0 and 1), -- unless the connection conditions of the point state less
  tg_phi_decimals smallint check (tg_phi_decimals between 0 and 6),         -- empty: not rounded
  exceedance_rule text not null check (exceedance_rule in ('ten_largest', 'all_hourly', 'max_times_10', 'max')),
  power_decimals smallint not null default 0 check (power_decimals between 0 and 3),
  -- How far an amount of the distributor may lie from ours before a person must look: the larger of both.
  tolerance_pln money_pln not null check (tolerance_pln >= 0), tolerance_share numeric(6, 4) not null check (tolerance_share between 0 and 1),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (dso_code with =, tariff_prefix with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Capacity Market Act art. 70a: the flatter the use of a month, the smaller the share of the fee. A class holds from share_from on (included).
create table capacity_classes (
  id bigint generated always as identity primary key,
  code text not null, share_from numeric(6, 4), is_without_other_hours boolean not null, factor numeric(6, 4) not null check (factor > 0),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- What is special about a supply point: share of its energy that the renewable energy levy is charged on (energy-intensive users,
-- Renewable Energy Act art. 53 and 54), and a limit of tg phi below the one of the tariff (connection conditions).
create table network_attributes (
  id bigint generated always as identity primary key,
  supply_point_id bigint not null references supply_points,
  oze_base_factor numeric(5, 4) not null default 1 check (oze_base_factor > 0 and oze_base_factor <= 1),
  tg_phi_limit numeric(5, 3) check (tg_phi_limit between 0 and 1),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

do $$
declare t text;
begin
  foreach t in array array['network_rules', 'capacity_classes', 'network_attributes'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;

-- Words needed to read one's own bill: public numbers for everyone, the attributes of one's own points.
alter table network_attributes enable row level security;
alter table network_attributes force row level security;
create policy staff on network_attributes to iris_app using (true) with check (true);
create policy warehouse on network_attributes for select to iris_dbt using (true);
create policy portal on network_attributes for select to iris_ebok
  using (supply_point_id in (select k.supply_point_id from operational.contract_supply_points k));
do $$
declare t text;
begin
  -- Public numbers, but the portal's role reads nothing without a policy that says so.
  foreach t in array array['network_rules', 'capacity_classes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    execute format('create policy portal on %I for select to iris_ebok using (true)', t);
  end loop;
end $$;
grant select on network_rules, capacity_classes, network_attributes to iris_ebok;
reset role;
reset search_path;

-- Billing reads the days of few points by the key of what holds now, and looks up apart what was closed since the moment it asks for.
set role iris_loader;
create index interval_determinants_closed on raw.interval_determinants (superseded_at) where superseded_at is not null;
reset role;
