-- Determinants of interval data: what billing needs of 15-minute and hourly data, per supply point and civil day.
-- The intervals themselves stay in the lake (Parquet); dbt reads only these rows. A recomputed day is a new version.
set role iris_loader;
set search_path = raw, public;

create table interval_determinants (
  id bigint generated always as identity primary key,
  supply_point_code text not null,
  day date not null,
  -- energy            kWh taken, per zone of `zone_set` ('all' with zone 'all' is the sum of the day)
  -- exported          kWh fed in, before balancing
  -- balanced_import   kWh taken after the hourly balance of a prosumer, per zone of `zone_set`
  -- balanced_export   kWh fed in after the hourly balance
  -- capacity_hours    kWh in the hours of the capacity fee; capacity_other_hours: the other hours of the same working days
  -- index_value       PLN: sum of kWh taken x price of the index (`index_code`), unrounded to 6 places
  -- export_value      PLN: sum of balanced kWh fed in x price of the index, negative prices counted as the rule of the index says
  -- peak_power        kW: the highest 15-minute power of an hour; `rank` 1 is the highest hour of the day
  -- reactive_inductive, reactive_capacitive   kvarh
  determinant text not null check (determinant in ('energy', 'exported', 'balanced_import', 'balanced_export', 'capacity_hours',
    'capacity_other_hours', 'index_value', 'export_value', 'peak_power', 'reactive_inductive', 'reactive_capacitive')),
  zone_set text not null default '',   -- whose hours: 'all', 'dso:<distributor>:<tariff group>' or 'seller:<price list>'
  zone_code text not null default '',
  index_code text not null default '',
  rank smallint not null default 0,
  quantity numeric(18, 6) not null,
  unit text not null check (unit in ('kwh', 'kvarh', 'pln', 'kw')),
  intervals integer not null,           -- intervals that were there
  expected_intervals integer not null,  -- intervals the civil day has (23, 24 or 25 hours)
  estimated_intervals integer not null default 0,
  recorded_at timestamptz not null default now(),
  superseded_at timestamptz,
  check (superseded_at is null or superseded_at >= recorded_at)
);
create unique index interval_determinants_key on interval_determinants
  (supply_point_code, day, determinant, zone_set, zone_code, index_code, rank) where superseded_at is null;
create index interval_determinants_changes on interval_determinants (recorded_at);

grant select on interval_determinants to iris_app, iris_dbt;
reset role;
