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
  -- whose hours: 'all', 'dso:<distributor>:<tariff group>' or 'seller:<price list>'; index_value: 'all', and 'balanced' after the hourly balance
  zone_set text not null default '',
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

-- ---------------------------------------------------------------- the lake: which file holds what
alter table files drop constraint files_kind_check;
alter table files add constraint files_kind_check check (kind in ('register_readings', 'billed_volumes', 'bank_statements',
  'intervals', 'market_prices', 'conversion_factors'));

-- One Parquet file: the intervals that one file of a distributor has for one medium, delivery month and distributor.
create table interval_partitions (
  id bigint generated always as identity primary key,
  file_id bigint not null references files,
  medium text not null check (medium in ('electricity', 'gas')),
  delivery_month date not null check (extract(day from delivery_month) = 1),
  dso_code text not null,
  path text not null unique,              -- under the folder of the lake
  rows bigint not null check (rows > 0),
  supply_points integer not null,
  first_day date not null, last_day date not null,
  lowest_version integer not null, highest_version integer not null,
  is_overlay boolean not null,            -- holds keys that another file of this partition holds too
  size_bytes bigint not null,
  recorded_at timestamptz not null default now(),
  determined_at timestamptz               -- when its days first went through the determinants
);
create index interval_partitions_place on interval_partitions (medium, delivery_month, dso_code);
create index interval_partitions_waiting on interval_partitions (id) where determined_at is null;

-- Runs of the determinants. `known_at` is the instant up to which changes of masks, prices and terms were seen.
create table interval_determinations (
  id bigint generated always as identity primary key,
  engine text not null, known_at timestamptz not null, holidays_md5 text not null,
  partitions integer not null, supply_point_days bigint not null, intervals bigint not null,
  rows_inserted bigint not null, rows_superseded bigint not null, rows_unchanged bigint not null,
  phases jsonb not null, finished_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- prices of the market
-- Series of operational.market_indices (migration 0013) and others kept for information.
create table market_prices (
  id bigint generated always as identity primary key,
  index_code text not null,
  starts_at timestamptz not null,
  resolution text not null check (resolution in ('quarter', 'hour', 'day', 'month')),
  price numeric(18, 8) not null,          -- of one MWh
  currency char(3) not null,
  file_id bigint references files,
  recorded_at timestamptz not null default now(), superseded_at timestamptz,
  check (superseded_at is null or superseded_at >= recorded_at)
);
create unique index market_prices_key on market_prices (index_code, starts_at) where superseded_at is null;
create index market_prices_changes on market_prices (recorded_at);

grant select on interval_partitions, interval_determinations, market_prices to iris_app, iris_dbt;
grant insert on interval_determinants, interval_partitions, interval_determinations, market_prices to iris_app;
grant update (superseded_at) on interval_determinants, market_prices to iris_app;
grant update (determined_at) on interval_partitions to iris_app;
reset role;
reset search_path;
