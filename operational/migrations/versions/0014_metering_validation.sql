-- Validation, estimation and editing of readings; billing cycles and holds.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- rules of validation as data
-- What is checked, how heavy a finding weighs and what happens by itself; the statements stand in metering/validation/sql.
create table validation_rules (
  id bigint generated always as identity primary key, code text not null unique check (code ~ '^V[0-9]{1,2}$'),
  name text not null, severity text not null check (severity in ('blocking', 'review')),
  action text not null check (action in ('reject', 'hold', 'review', 'automatic', 'request_reading')),
  is_active boolean not null default true, description text not null, source text not null, row_version integer not null default 1
);
insert into validation_rules (code, name, severity, action, description, source) values
  ('V1', 'Known point and meter, contract in force', 'review', 'reject', 'Rows of unknown points or meters wait in quarantine; energy measured on days without a contract is reported.', 'rules.md 5.4 V1'),
  ('V2', 'Periods without a gap', 'blocking', 'hold', 'Days between two known quantities, or between two meters, that nothing measures.', 'rules.md 5.4 V2'),
  ('V3', 'Register does not fall', 'blocking', 'hold', 'A roll-over is accepted by itself; any other fall holds the period.', 'rules.md 5.4 V3'),
  ('V4', 'Energy = difference x multiplier', 'blocking', 'hold', 'Registers and the volume of the distributor for the same days differ by more than the tolerance.', 'rules.md 5.4 V4'),
  ('V5', 'Zones add up to the total register', 'blocking', 'hold', 'Sum of the zones against the total register, tolerance per zone.', 'rules.md 5.4 V5'),
  ('V6', 'Profile = register', 'review', 'review', 'Sum of the intervals against the difference of the registers.', 'rules.md 5.4 V6'),
  ('V7', 'Number of intervals of the day', 'blocking', 'hold', 'A civil day has 23, 24 or 25 hours; a day with fewer or more intervals is held.', 'rules.md 5.4 V7'),
  ('V8', 'Unusual use', 'review', 'review', 'More than the power allows, much more than a year ago, or nothing for long.', 'rules.md 5.4 V8'),
  ('V9', 'Reading of the customer', 'review', 'review', 'Below the last actual reading or far above the forecast.', 'rules.md 5.4 V9'),
  ('V10', 'Too long without an actual reading', 'review', 'request_reading', 'Estimated twice in a row, or no actual reading for a year: a task to the distributor.', 'rules.md 5.4 V10'),
  ('V11', 'Correction by the distributor', 'review', 'automatic', 'A higher version is billed again from the first day it changes.', 'rules.md 5.4 V11'),
  ('V12', 'Gas conversion factor', 'blocking', 'hold', 'Factor outside its range, or dates that are not those of a month.', 'rules.md 5.4 V12'),
  ('V13', 'Energy fed in by a point that is no prosumer', 'review', 'review', 'Export measured at a point without a prosumer.', 'rules.md 5.4 V13');
create trigger audit_row after update or delete on validation_rules for each row execute function audit_row();
create trigger refuse_truncate before truncate on validation_rules for each statement execute function refuse_change();

create table validation_parameters (
  id bigint generated always as identity primary key, rule_code text not null references validation_rules (code),
  code text not null, medium text not null default '' check (medium in ('', 'electricity', 'gas')), value numeric not null check (value <> 'NaN'),
  unit text not null, valid_from date not null default '2000-01-01', valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (code with =, medium with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into validation_parameters (rule_code, code, medium, value, unit, source, recorded_by) values
  ('V4', 'volume_tolerance', '', 1, 'kwh', 'rules.md 5.4 V4', 'system:migration'),
  ('V5', 'zone_tolerance', '', 1, 'kwh', 'rules.md 5.4 V5', 'system:migration'),
  ('V6', 'profile_tolerance_kwh', '', 1, 'kwh', 'rules.md 5.4 V6', 'system:migration'),
  ('V6', 'profile_tolerance_share', '', 0.005, 'share', 'rules.md 5.4 V6', 'system:migration'),
  ('V8', 'power_factor', '', 1.3, 'times', 'rules.md 5.4 V8', 'system:migration'),
  ('V8', 'last_year_factor', '', 3, 'times', 'rules.md 5.4 V8', 'system:migration'),
  ('V8', 'last_year_floor_daily', '', 5, 'kwh', 'sample value, not official', 'system:migration'),
  ('V8', 'zero_days', '', 60, 'days', 'rules.md 5.4 V8', 'system:migration'),
  ('V9', 'forecast_factor', '', 2, 'times', 'sample value, not official', 'system:migration'),
  ('V9', 'forecast_floor', '', 50, 'kwh', 'sample value, not official', 'system:migration'),
  ('V10', 'estimates_in_a_row', '', 2, 'count', 'rules.md 5.4 V10', 'system:migration'),
  ('V10', 'months_without_actual', '', 12, 'months', 'rules.md 5.4 V10', 'system:migration'),
  ('V10', 'answer_days', '', 14, 'days', 'sample value, not official', 'system:migration'),
  ('V12', 'factor_lowest', 'gas', 9.0, 'kwh per m3', 'rules.md 5.4 V12', 'system:migration'),
  ('V12', 'factor_highest', 'gas', 12.5, 'kwh per m3', 'rules.md 5.4 V12', 'system:migration');

-- How far the readings, volumes, determinants and factors were looked at; one row per pass.
create table validation_passes (
  id bigint generated always as identity primary key, as_of timestamptz not null, is_full boolean not null,
  last_reading_id bigint not null, last_volume_id bigint not null, last_determinant_id bigint not null, last_factor_id bigint not null,
  points integer not null, opened integer not null, settled integer not null, automatic integer not null,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create trigger refuse_change before update or delete or truncate on validation_passes for each statement execute function refuse_change();

-- ---------------------------------------------------------------- one queue for billing and metering
-- finding_key names what a rule found (rule and the versions it looked at): a closed finding does not come back, a new version does.
alter table billing_exceptions
  add column rule_code text references validation_rules (code), add column finding_key text,
  add column period_from date, add column period_to date, add column area_code text,
  add column suggestion text check (suggestion in ('accept', 'estimate', 'request_reading', 'check_data')),
  add column suggested_value energy_kwh, add column reading_id bigint references readings,
  add column hold_until date, add column resolution_reason text not null default '',
  add constraint billing_exceptions_period check (period_to > period_from);
alter table billing_exceptions drop constraint billing_exceptions_resolution_check;
alter table billing_exceptions add constraint billing_exceptions_resolution_check
  check (resolution in ('released', 'fixed', 'dismissed', 'automatic'));
create unique index billing_exceptions_finding on billing_exceptions (finding_key) where finding_key is not null;
create index billing_exceptions_point on billing_exceptions (supply_point_id) where resolved_at is null;

-- Tasks to the distributor: an actual reading is wanted by a day; answered when one comes.
create table reading_requests (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  supply_point_id bigint not null references supply_points, exception_id bigint references billing_exceptions, reason text not null,
  requested_at timestamptz not null, requested_by text not null default actor(), wanted_by date not null,
  sent_at timestamptz, answered_at timestamptz, answered_by_reading_id bigint references readings,
  after_reading_id bigint not null default 0, row_version integer not null default 1
);
create unique index reading_requests_open on reading_requests (supply_point_id) where answered_at is null;

-- What a customer (EBOK) or a clerk reported, as it came, with the verdict of the check; accepted ones become readings.
create table customer_readings (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  supply_point_id bigint not null references supply_points, register_id bigint not null references registers,
  customer_id bigint references customers, reading_date date not null, value energy_kwh not null check (value >= 0),
  channel text not null check (channel in ('ebok', 'clerk')), is_confirmed boolean not null default false,
  submitted_at timestamptz not null, submitted_by text not null default actor(),
  verdict text check (verdict in ('plausible', 'below_last', 'above_forecast', 'superseded', 'no_meter')),
  expected_value energy_kwh, reading_id bigint references readings, processed_at timestamptz, row_version integer not null default 1
);
create index customer_readings_waiting on customer_readings (submitted_at) where processed_at is null;
create index on customer_readings (supply_point_id, reading_date desc);

-- ---------------------------------------------------------------- estimation
-- Order of the methods; the most specific row (distributor, then tariff prefix) holds. value: days of history that are needed.
create table estimation_methods (
  id bigint generated always as identity primary key, dso_code text not null default '', medium text not null check (medium in ('electricity', 'gas')),
  tariff_prefix text not null default '',
  method text not null check (method in ('same_period_last_year', 'average_daily', 'load_profile', 'annual_declared')),
  rank smallint not null check (rank > 0), is_active boolean not null, minimum_days smallint not null default 1, is_seasonal boolean not null default false,
  valid_from date not null default '2000-01-01', valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (dso_code with =, medium with =, tariff_prefix with =, method with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into estimation_methods (medium, method, rank, is_active, minimum_days, is_seasonal, source, recorded_at, recorded_by)
select m, v.method, v.rank, v.is_active, v.days, false, v.source, timestamptz '2000-01-01 00:00+00', 'system:migration'
  from unnest(array['electricity', 'gas']) m, (values
  ('same_period_last_year', 30, true, 300, 'rules.md 5.5 (3): same meter, at least 300 days of history'),
  ('average_daily', 40, true, 1, 'rules.md 5.5 (4)'),
  ('load_profile', 50, false, 0, 'rules.md 5.5 (5): off until the profile of the distributor is loaded'),
  ('annual_declared', 60, true, 0, 'rules.md 5.5 (6)')) v (method, rank, is_active, days, source);

-- Share of a year's use that falls on a month; the twelve weights of a profile make one.
create table load_profiles (
  id bigint generated always as identity primary key, dso_code text not null default '', medium text not null check (medium in ('electricity', 'gas')),
  tariff_prefix text not null, month smallint not null check (month between 1 and 12), weight numeric(9, 6) not null check (weight >= 0 and weight <= 1),
  valid_from date not null default '2000-01-01', valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (dso_code with =, medium with =, tariff_prefix with =, month with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into load_profiles (medium, tariff_prefix, month, weight, source, recorded_at, recorded_by)
select v.medium, v.prefix, w.month, w.weight, 'sample value, not official', timestamptz '2000-01-01 00:00+00', 'system:migration'
  from (values
  ('electricity', 'G', array[0.0960,0.0850,0.0880,0.0800,0.0770,0.0740,0.0750,0.0760,0.0770,0.0850,0.0900,0.0970]),
  ('electricity', 'C', array[0.0900,0.0820,0.0860,0.0800,0.0800,0.0810,0.0830,0.0820,0.0800,0.0840,0.0850,0.0870]),
  ('gas', 'W', array[0.1750,0.1500,0.1300,0.0800,0.0400,0.0200,0.0200,0.0200,0.0350,0.0800,0.1150,0.1350])) v (medium, prefix, weights),
  unnest(v.weights) with ordinality w (weight, month);

-- ---------------------------------------------------------------- billing cycles
-- A cycle gathers contracts by medium, length and tariff; the longest matching prefix holds. Steps carry their days after the cycle's end.
create table billing_cycles (
  id bigint generated always as identity primary key, code text not null unique, name_pl text not null, name_en text not null,
  medium text not null check (medium in ('electricity', 'gas')), cycle_months smallint not null default 0 check (cycle_months between 0 and 12),
  tariff_prefix text not null default '', is_active boolean not null default true, row_version integer not null default 1,
  unique (medium, cycle_months, tariff_prefix)
);
create table billing_cycle_steps (
  id bigint generated always as identity primary key, cycle_code text not null references billing_cycles (code),
  step text not null check (step in ('readings', 'validate', 'compute', 'approve', 'issue', 'deliver')),
  working_days_after_end smallint not null check (working_days_after_end between 0 and 60), at_time time not null,
  is_automatic boolean not null, waits_for text check (waits_for in ('readings', 'validate', 'compute', 'approve', 'issue')),
  row_version integer not null default 1, unique (cycle_code, step)
);
insert into billing_cycles (code, name_pl, name_en, medium, cycle_months, tariff_prefix) values
  ('EL-G-1', 'Gospodarstwa, co miesiąc', 'Households, monthly', 'electricity', 1, 'G'),
  ('EL-G-N', 'Gospodarstwa, okresy dłuższe', 'Households, longer cycles', 'electricity', 0, 'G'),
  ('EL-BC', 'Firmy B i C', 'Businesses B and C', 'electricity', 0, ''),
  ('EL-A', 'Odbiorcy wielcy A', 'Large customers A', 'electricity', 0, 'A'),
  ('GAS', 'Gaz', 'Gas', 'gas', 0, '');
insert into billing_cycle_steps (cycle_code, step, working_days_after_end, at_time, is_automatic, waits_for)
select c.code, s.step, s.days + case when c.code = 'EL-A' and s.days > 0 then -1 else 0 end, s.at_time, s.is_automatic, s.waits_for
  from billing_cycles c, (values
  ('readings', 3, time '05:30', true, null), ('validate', 3, time '06:30', true, 'readings'), ('compute', 4, time '07:00', true, 'validate'),
  ('approve', 4, time '12:00', false, 'compute'), ('issue', 4, time '18:00', true, 'approve'), ('deliver', 5, time '06:00', true, 'issue'))
  s (step, days, at_time, is_automatic, waits_for);

-- ---------------------------------------------------------------- duplicates of documents
-- A duplicate bears the number of its document, the word DUPLIKAT and its own day (VAT Act art. 106l); nothing is booked.
create table document_duplicates (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  document_id bigint not null references documents, issued_on date not null, reason text not null check (reason <> ''),
  issued_at timestamptz not null, issued_by text not null default actor()
);
create index on document_duplicates (document_id, issued_on);
create trigger refuse_change before update or delete or truncate on document_duplicates for each statement execute function refuse_change();
grant select, insert on document_duplicates to iris_app;
grant select on document_duplicates to iris_dbt;

-- ---------------------------------------------------------------- triggers, grants
do $$
declare t text;
begin
  foreach t in array array['validation_parameters', 'estimation_methods', 'load_profiles'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert, update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['reading_requests', 'customer_readings', 'billing_cycles', 'billing_cycle_steps'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert, update on %I to iris_app', t);
  end loop;
end $$;
grant select, insert on validation_passes to iris_app;
grant select, update on validation_rules to iris_app;
grant select on validation_rules, validation_parameters, validation_passes, reading_requests, customer_readings, estimation_methods,
  load_profiles, billing_cycles, billing_cycle_steps to iris_dbt;

-- The portal reports readings of the customer's own points and sees its own reports; the limits of the check are no secret.
alter table customer_readings enable row level security;
alter table customer_readings force row level security;
create policy staff on customer_readings to iris_app using (true) with check (true);
create policy warehouse on customer_readings for select to iris_dbt using (true);
create policy portal on customer_readings for select to iris_ebok using (customer_id = (select sec.customer_of_token()));
create policy portal_reports on customer_readings for insert to iris_ebok with check (
  customer_id = (select sec.customer_of_token()) and channel = 'ebok' and processed_at is null and verdict is null and reading_id is null
  and exists (select from operational.contract_supply_points k where k.supply_point_id = customer_readings.supply_point_id and k.superseded_at is null
                and k.valid_from <= customer_readings.reading_date + 1 and (k.valid_to is null or k.valid_to > customer_readings.reading_date))
  and exists (select from operational.registers g join operational.meter_installations i on i.meter_id = g.meter_id
               where g.id = customer_readings.register_id and i.supply_point_id = customer_readings.supply_point_id and i.superseded_at is null));
grant select, insert on customer_readings to iris_ebok;
alter table validation_parameters enable row level security;
alter table validation_parameters force row level security;
create policy staff on validation_parameters to iris_app using (true) with check (true);
create policy warehouse on validation_parameters for select to iris_dbt using (true);
create policy portal on validation_parameters for select to iris_ebok using (true);
grant select on validation_parameters to iris_ebok;
reset role;
reset search_path;
