-- IRIS foundation: schemas, tables, constraints, triggers, row-level security and grants.
-- Run by the administrator; objects of `operational` and `sec` belong to iris_owner (no log-in), `raw` to iris_loader.
-- Facts are bitemporal: [valid_from, valid_to) is when they hold, recorded_at/superseded_at when we knew them.

create schema if not exists operational authorization iris_owner;
create schema if not exists sec authorization iris_owner;
create schema if not exists raw authorization iris_loader;
create schema if not exists staging authorization iris_dbt;
create schema if not exists intermediate authorization iris_dbt;
create schema if not exists proposals authorization iris_dbt;
create schema if not exists marts authorization iris_dbt;
revoke create on schema public from public;

set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- words shared by all rooms
-- PostgreSQL sorts NaN above every number, so only a domain keeps it out of money.
create domain money_pln as numeric(18, 2) check (value <> 'NaN');
create domain unit_price as numeric(18, 8) check (value <> 'NaN');
create domain energy_kwh as numeric(18, 3) check (value <> 'NaN');

-- Who is acting: set per transaction by the application; a write without an actor is refused.
create function actor() returns text language plpgsql stable as $$
declare who text := nullif(current_setting('app.actor', true), '');
begin
  if who is null then
    raise exception 'a write needs an actor: set app.actor for this transaction' using errcode = 'insufficient_privilege';
  end if;
  return who;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused, record a new row instead', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation';
end $$;

-- A version of a fact may only be closed (superseded_at from null to a moment); nothing else changes.
create function close_version_only() returns trigger language plpgsql as $$
begin
  if old.superseded_at is not null or new.superseded_at is null
     or (to_jsonb(new) - 'superseded_at') is distinct from (to_jsonb(old) - 'superseded_at') then
    raise exception '% is bitemporal: close the version (superseded_at) and insert a new one', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create table audit_trail (
  id bigint generated always as identity primary key,
  table_name text not null, row_id text not null, action text not null check (action in ('update', 'delete')),
  changed_at timestamptz not null default now(), actor text not null, request_id text, reason text,
  before jsonb not null, after jsonb
);
create index on audit_trail (table_name, row_id);

-- Keeps before and after of the columns that changed, with actor, request and reason.
create function audit_row() returns trigger language plpgsql security definer set search_path = operational, pg_catalog as $$
declare b jsonb := to_jsonb(old); a jsonb := case when tg_op = 'UPDATE' then to_jsonb(new) end;
begin
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(k.key, k.value) into b from jsonb_each(to_jsonb(old)) k where to_jsonb(new) -> k.key is distinct from k.value;
    select jsonb_object_agg(k.key, k.value) into a from jsonb_each(to_jsonb(new)) k where to_jsonb(old) -> k.key is distinct from k.value;
    if a is null then return null; end if;
  end if;
  insert into audit_trail (table_name, row_id, action, actor, request_id, reason, before, after)
  values (tg_table_name, to_jsonb(old) ->> 'id', lower(tg_op), actor(), nullif(current_setting('app.request_id', true), ''),
          nullif(current_setting('app.reason', true), ''), coalesce(b, '{}'), a);
  return null;
end $$;

-- ---------------------------------------------------------------- reference
create table dsos (
  code text primary key, name text not null, medium text not null check (medium in ('electricity', 'gas')),
  point_code_prefix text not null default '', source text not null default ''
);

-- What can stand on a bill: how its quantity is measured and whose price list holds its rate.
create table charges (
  code text primary key,
  medium text not null check (medium in ('electricity', 'gas')),
  section text not null check (section in ('sale', 'distribution')),
  quantity_basis text not null check (quantity_basis in ('zone_energy', 'total_energy', 'capacity_energy', 'month', 'power_month')),
  rate_source text not null check (rate_source in ('price_list', 'dso', 'statutory')),
  capacity_mode text not null default 'any' check (capacity_mode in ('any', 'flat', 'volumetric')),
  is_required boolean not null,
  applies_from date not null default '2000-01-01', applies_to date,
  sort_order integer not null, name_pl text not null, name_en text not null, legal_basis text not null
);

create table vat_rates (
  id bigint generated always as identity primary key,
  medium text not null check (medium in ('electricity', 'gas')), rate numeric(5, 4) not null check (rate between 0 and 1),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (medium with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

create table excise_rates (
  id bigint generated always as identity primary key,
  medium text not null check (medium in ('electricity', 'gas')), customer_class text not null check (customer_class in ('household', 'business')),
  price_pln_per_kwh unit_price not null check (price_pln_per_kwh >= 0),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (medium with =, customer_class with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Rates set by law, per kWh, per month or per kW and month. Brackets by annual use are half-open or closed as the act says.
create table statutory_rates (
  id bigint generated always as identity primary key,
  charge_code text not null references charges, tariff_prefix text not null default '',
  customer_class text not null default 'any' check (customer_class in ('any', 'household', 'business')),
  annual_kwh_range numrange not null default '(,)',
  unit text not null check (unit in ('kwh', 'month', 'kw_month')), price unit_price not null,
  factor numeric(6, 4) not null default 1,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (charge_code with =, tariff_prefix with =, customer_class with =, annual_kwh_range with &&,
                      daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

create table dso_rates (
  id bigint generated always as identity primary key,
  dso_code text not null references dsos, tariff_group text not null, charge_code text not null references charges,
  zone_code text not null default '', phases smallint not null default 0 check (phases in (0, 1, 3)),
  settlement_months smallint not null default 0 check (settlement_months between 0 and 12),
  unit text not null check (unit in ('kwh', 'month', 'kw_month')), price unit_price not null,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (dso_code with =, tariff_group with =, charge_code with =, zone_code with =, phases with =,
                      settlement_months with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- Hours of the day that belong to a zone; a season may wrap the year's end. day_type: all, workday, nonworking.
create table zone_masks (
  id bigint generated always as identity primary key,
  dso_code text not null, tariff_group text not null, zone_code text not null,
  season_from text not null, season_to text not null, day_type text not null,
  hour_from smallint not null check (hour_from between 0 and 23), hour_to smallint not null check (hour_to between 1 and 24),
  valid_from date not null default '2000-01-01', valid_to date, source text not null, confidence text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (hour_to > hour_from)
);

create table gas_conversion_factors (
  id bigint generated always as identity primary key,
  area_code text not null, factor_kwh_per_m3 numeric(8, 3) not null check (factor_kwh_per_m3 > 0),
  valid_from date not null, valid_to date not null, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (area_code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

create table holidays (day date primary key, name text not null);

create table interest_rates (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('statutory_delay', 'commercial', 'commercial_medical')), rate_pct numeric(6, 3) not null,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  exclude using gist (kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- metering
create table addresses (
  id bigint generated always as identity primary key,
  street text not null, building text not null, flat text not null default '', postal_code text not null check (postal_code ~ '^\d{2}-\d{3}$'),
  city text not null
);

create table supply_points (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  code text not null unique check (code ~ '^[0-9A-Z]{6,33}$'), medium text not null check (medium in ('electricity', 'gas')),
  dso_code text not null references dsos, address_id bigint not null references addresses,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);

create table supply_point_terms (
  id bigint generated always as identity primary key,
  supply_point_id bigint not null references supply_points, tariff_group text not null,
  phases smallint not null default 1 check (phases in (1, 3)), contracted_power_kw numeric(12, 3) check (contracted_power_kw > 0),
  annual_kwh numeric(18, 3) not null check (annual_kwh >= 0),
  capacity_mode text not null default 'flat' check (capacity_mode in ('flat', 'volumetric')),
  customer_class text not null check (customer_class in ('household', 'business')),
  metering_mode text not null default 'registers' check (metering_mode in ('registers', 'volumes')),
  gas_area_code text,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create index on supply_point_terms (recorded_at);

create table meters (
  id bigint generated always as identity primary key, serial text not null unique,
  medium text not null check (medium in ('electricity', 'gas')), created_by text not null default actor()
);

-- Registers show this many digits before they roll over to zero; energy = difference x multiplier.
create table registers (
  id bigint generated always as identity primary key, meter_id bigint not null references meters,
  zone_code text not null, unit text not null check (unit in ('kwh', 'm3')),
  digits smallint not null default 6 check (digits between 3 and 12), multiplier numeric(12, 4) not null default 1 check (multiplier > 0),
  unique (meter_id, zone_code)
);

-- The meter stands at the point on days [valid_from, valid_to).
create table meter_installations (
  id bigint generated always as identity primary key,
  meter_id bigint not null references meters, supply_point_id bigint not null references supply_points,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (meter_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- A register's value at the END of reading_date; use covers (previous reading_date, reading_date]. The highest version holds.
create table readings (
  id bigint generated always as identity primary key,
  register_id bigint not null references registers, supply_point_id bigint not null references supply_points,
  reading_date date not null, value energy_kwh not null check (value >= 0),
  kind text not null check (kind in ('actual_remote', 'actual_manual', 'customer', 'estimated', 'substitute')),
  reason text not null default 'periodic'
    check (reason in ('periodic', 'installation', 'removal', 'contract_start', 'contract_end', 'control')),
  version integer not null default 1 check (version >= 1),
  file_id bigint, row_no integer,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  unique (register_id, reading_date, version)
);
create unique index readings_one_current on readings (register_id, reading_date) where superseded_at is null;
create index on readings (supply_point_id, reading_date);
create index on readings (recorded_at);

-- Quantities that the DSO bills by, for points without registers of ours (zone `capacity_hours`: kWh of capacity-fee hours).
create table billed_volumes (
  id bigint generated always as identity primary key,
  supply_point_id bigint not null references supply_points, zone_code text not null,
  period_from date not null, period_to date not null, quantity energy_kwh not null, unit text not null check (unit in ('kwh', 'm3')),
  quality text not null default 'actual' check (quality in ('actual', 'estimated')),
  version integer not null default 1 check (version >= 1), file_id bigint, row_no integer,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (period_to > period_from),
  unique (supply_point_id, zone_code, period_from, version),
  exclude using gist (supply_point_id with =, zone_code with =, daterange(period_from, period_to) with &&) where (superseded_at is null)
);
create index on billed_volumes (recorded_at);

-- ---------------------------------------------------------------- crm
create table customers (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_number text not null unique, kind text not null check (kind in ('household', 'business', 'public')),
  name text not null check (name <> ''), search_name text not null default '',
  nip text, pesel text, regon text, email text, phone text,
  language text not null default 'pl' check (language in ('pl', 'en')),
  invoice_channel text not null default 'ebok' check (invoice_channel in ('ebok', 'email', 'letter')),
  address_id bigint not null references addresses, virtual_account text not null unique check (virtual_account ~ '^\d{26}$'),
  customer_since date not null,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  check (kind = 'household' or nip is not null)
);
create index customers_search_trgm on customers using gin (search_name public.gin_trgm_ops);
create index on customers (nip);
create index on customers (pesel);

create table notes (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  noted_at timestamptz not null default now(), noted_by text not null default actor(), body text not null check (body <> '')
);
create index on notes (customer_id, noted_at desc);

create table products (
  id bigint generated always as identity primary key, code text not null unique, name text not null,
  medium text not null check (medium in ('electricity', 'gas')),
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
create table price_lists (
  id bigint generated always as identity primary key, code text not null unique, name text not null,
  product_id bigint not null references products,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
-- tariff_group '' holds for every group, zone_code '' for every zone together.
create table price_list_items (
  id bigint generated always as identity primary key,
  price_list_id bigint not null references price_lists, tariff_group text not null default '',
  charge_code text not null references charges, zone_code text not null default '',
  unit text not null check (unit in ('kwh', 'month', 'kw_month')), price unit_price not null,
  valid_from date not null, valid_to date, source text not null default '',
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (price_list_id with =, tariff_group with =, charge_code with =, zone_code with =,
                      daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

create table contracts (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  number text not null unique, customer_id bigint not null references customers,
  kind text not null check (kind in ('comprehensive', 'supply_only')), signed_on date not null,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
create index on contracts (customer_id);

-- Terms of a contract by date. The billing cycle counts whole months from cycle_anchor (first day of a cycle).
create table contract_terms (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts,
  price_list_id bigint not null references price_lists,
  cycle_months smallint not null default 1 check (cycle_months in (1, 2, 3, 6, 12)), cycle_anchor date not null,
  payment_term_days smallint not null default 14 check (payment_term_days between 1 and 90),
  invoicing_rule text not null default 'per_supply_point' check (invoicing_rule in ('per_supply_point', 'per_contract', 'per_customer')),
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (contract_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create index on contract_terms (recorded_at);

-- Days on which the contract supplies the point: one active contract per point and day.
create table contract_supply_points (
  id bigint generated always as identity primary key,
  contract_id bigint not null references contracts, supply_point_id bigint not null references supply_points,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (supply_point_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create index on contract_supply_points (contract_id);
create index on contract_supply_points (recorded_at);

-- ---------------------------------------------------------------- access
create table staff_users (
  id bigint generated always as identity primary key, login text not null unique check (login = lower(login)), name text not null,
  role text not null check (role in ('clerk', 'billing', 'finance', 'auditor', 'admin')), password_hash text not null,
  is_active boolean not null default true, language text not null default 'pl' check (language in ('pl', 'en')),
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
create table staff_sessions (
  token_hash bytea primary key, staff_user_id bigint not null references staff_users,
  created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null, revoked_at timestamptz
);
create table customer_users (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  login text not null unique check (login = lower(login)), password_hash text not null, is_active boolean not null default true,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
create table sec.web_sessions (
  token_hash bytea primary key, customer_user_id bigint not null references operational.customer_users,
  customer_id bigint not null references operational.customers,
  created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null, revoked_at timestamptz
);
-- Failed log-ins by account and by address, for delays that grow and never lock for good.
create table sec.login_attempts (
  id bigint generated always as identity primary key, realm text not null check (realm in ('staff', 'ebok')),
  subject text not null, attempted_at timestamptz not null default now(), was_successful boolean not null
);
create index on sec.login_attempts (realm, subject, attempted_at desc);
create table idempotency_keys (
  actor text not null, key uuid not null, route text not null, request_hash text not null,
  status_code integer, location text, created_at timestamptz not null default now(), primary key (actor, key)
);

-- ---------------------------------------------------------------- messaging
create table outbox (
  id bigint generated always as identity primary key, key text not null unique, topic text not null, payload jsonb not null,
  created_at timestamptz not null default now(), attempts integer not null default 0, next_attempt_at timestamptz not null default now(),
  sent_at timestamptz, failed_at timestamptz, last_error text
);
create index outbox_waiting on outbox (next_attempt_at) where sent_at is null and failed_at is null;

-- ---------------------------------------------------------------- billing runs
create table billing_runs (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  billing_month date not null check (extract(day from billing_month) = 1), billed_through date not null,
  status text not null default 'computed' check (status in ('computed', 'approved', 'issuing', 'issued', 'rejected')),
  known_at timestamptz not null, issue_date date not null, computation_id text not null, summary jsonb not null default '{}',
  created_at timestamptz not null default now(), created_by text not null default actor(),
  approved_at timestamptz, approved_by text, issued_at timestamptz, row_version integer not null default 1
);
-- One row per computation of the proposals: what was known and whether anything changed since (see billing/computing).
create table billing_computations (
  id text primary key, known_at timestamptz not null, billed_through date not null, facts_fingerprint text not null,
  seconds numeric(10, 2), finished_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- documents
create table number_series (code text primary key, last_number bigint not null default 0 check (last_number >= 0));

-- contract x supply point x billing cycle: what is billed as one. invoice_id is the first document, set once.
create table billing_scopes (
  id bigint generated always as identity primary key, scope_key text not null unique,
  contract_id bigint not null references contracts, supply_point_id bigint not null references supply_points,
  customer_id bigint not null references customers, cycle_start date not null,
  period_from date, period_to date, invoice_id bigint, fingerprint text, version_no integer not null default 0,
  unique (contract_id, supply_point_id, cycle_start)
);
create index on billing_scopes (supply_point_id, period_from);
create index on billing_scopes (invoice_id);
create index on billing_scopes (customer_id);

create table documents (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind in ('invoice', 'correction')),
  series text not null references number_series, sequence bigint not null, number text not null unique,
  customer_id bigint not null references customers, contract_id bigint not null references contracts,
  invoice_id bigint references documents, version_no integer not null check (version_no >= 1),
  issue_date date not null, period_from date not null, period_to date not null, due_date date not null,
  net_amount money_pln not null, vat_amount money_pln not null, gross_amount money_pln not null check (gross_amount = net_amount + vat_amount),
  energy_kwh energy_kwh not null, is_estimated boolean not null, run_id bigint not null references billing_runs,
  content jsonb not null, content_hash bytea not null, recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  unique (series, sequence), unique (invoice_id, version_no),
  check ((kind = 'invoice') = (version_no = 1)), check ((kind = 'correction') = (invoice_id is not null))
);
create index on documents (customer_id, issue_date desc);
create index on documents (run_id);
create index documents_number_trgm on documents using gin (number public.gin_trgm_ops);
alter table billing_scopes add foreign key (invoice_id) references documents;

-- Amount of a line = after - before; an invoice has zero before. calculation: ids of readings, rates and rules, never copied text.
create table document_lines (
  document_id bigint not null references documents, line_no integer not null, scope_id bigint not null references billing_scopes,
  line_key text not null, charge_code text not null references charges, section text not null, zone_code text not null default '',
  period_from date not null, period_to date not null, unit text not null check (unit in ('kwh', 'month', 'kw_month')),
  quantity_before numeric(18, 6) not null, quantity_after numeric(18, 6) not null,
  price_before unit_price not null, price_after unit_price not null,
  net_before money_pln not null, net_after money_pln not null, vat_rate numeric(5, 4) not null,
  energy_kwh_before energy_kwh not null default 0, energy_kwh_after energy_kwh not null default 0,
  is_estimated boolean not null, calculation jsonb not null,
  primary key (document_id, line_no), unique (document_id, scope_id, line_key, vat_rate)
);
create index on document_lines (scope_id);

create table document_vat (
  document_id bigint not null references documents, vat_rate numeric(5, 4) not null,
  net_amount money_pln not null, vat_amount money_pln not null, gross_amount money_pln not null check (gross_amount = net_amount + vat_amount),
  primary key (document_id, vat_rate)
);
create table document_renditions (
  document_id bigint not null references documents, format text not null check (format in ('pdf')), content bytea not null,
  content_sha256 bytea not null, rendered_at timestamptz not null default now(), primary key (document_id, format)
);

-- Scopes that the issue step would not bill, and other things a person must look at. Open while resolved_at is null.
create table billing_exceptions (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  run_id bigint references billing_runs, scope_key text, supply_point_id bigint references supply_points, customer_id bigint references customers,
  code text not null, severity text not null check (severity in ('blocking', 'review')), message text not null, cure text not null,
  amount_at_stake money_pln, opened_at timestamptz not null default now(),
  resolved_at timestamptz, resolved_by text, resolution text check (resolution in ('released', 'fixed', 'dismissed')),
  row_version integer not null default 1
);
create unique index billing_exceptions_open on billing_exceptions (scope_key, code) where resolved_at is null;
create index on billing_exceptions (customer_id);

-- ---------------------------------------------------------------- finance
create table accounts (code text primary key, name_pl text not null, name_en text not null, kind text not null check (kind in ('asset', 'liability', 'income')));
insert into accounts values
  ('receivable', 'Należności od klientów', 'Customer receivables', 'asset'), ('bank', 'Rachunek bankowy', 'Bank account', 'asset'),
  ('suspense', 'Wpłaty do wyjaśnienia', 'Suspense', 'liability'), ('sales', 'Przychody ze sprzedaży', 'Sales revenue', 'income'),
  ('vat_output', 'VAT należny', 'Output VAT', 'liability'), ('bank_other', 'Pozostałe operacje bankowe', 'Other bank movements', 'liability');

create table payments (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  idempotency_key text not null unique, bank_line_id bigint unique, amount money_pln not null check (amount > 0),
  booked_on date not null, method text not null default 'transfer' check (method in ('transfer')),
  title text not null default '', payer_name text not null default '', payer_account text not null default '',
  customer_id bigint references customers, matched_by text check (matched_by in ('virtual_account', 'document_number', 'person')),
  assigned_at timestamptz, assigned_by text, recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  row_version integer not null default 1, check ((customer_id is null) = (matched_by is null))
);
create index on payments (customer_id, booked_on desc);
create index payments_in_suspense on payments (booked_on) where customer_id is null;

-- One row is one movement of money between two accounts; a reversal is another row.
create table ledger_transfers (
  id bigint generated always as identity primary key, debit_account text not null references accounts, credit_account text not null references accounts,
  amount money_pln not null check (amount > 0), code text not null, business_date date not null,
  customer_id bigint references customers, document_id bigint references documents, payment_id bigint references payments,
  reverses_id bigint unique references ledger_transfers, idempotency_key text not null unique,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), check (debit_account <> credit_account)
);
create index on ledger_transfers (customer_id, business_date);
create index on ledger_transfers (document_id);
create index on ledger_transfers (payment_id);

-- A debt (amount > 0: invoice) or a credit (amount < 0: correction in minus, payment). Open amount = amount - allocations to it.
create table open_items (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  document_id bigint unique references documents, payment_id bigint unique references payments,
  amount money_pln not null check (amount <> 0), business_date date not null, due_date date not null,
  recorded_at timestamptz not null default now(), check (num_nonnulls(document_id, payment_id) = 1)
);
create index on open_items (customer_id, due_date);
-- amount of the credit used up for the debt; undone by a row with the opposite sign.
create table allocations (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  debt_item_id bigint not null references open_items, credit_item_id bigint not null references open_items,
  amount money_pln not null check (amount <> 0), business_date date not null, rule text not null, idempotency_key text not null unique,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on allocations (debt_item_id);
create index on allocations (credit_item_id);
create index on allocations (customer_id);

-- ---------------------------------------------------------------- triggers on the tables above
do $$
declare t text;
begin
  foreach t in array array['vat_rates','excise_rates','statutory_rates','dso_rates','zone_masks','gas_conversion_factors','interest_rates',
    'supply_point_terms','meter_installations','readings','billed_volumes','price_list_items','contract_terms','contract_supply_points'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['documents','document_lines','document_vat','document_renditions','ledger_transfers','open_items','allocations','audit_trail','notes'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['supply_points','customers','products','price_lists','contracts','staff_users','customer_users','payments','billing_runs','billing_exceptions'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
end $$;

-- ---------------------------------------------------------------- row-level security for the portal
-- The session token is looked up where the portal's role cannot read it, so a forged setting opens nothing.
create function sec.customer_of_token() returns bigint language sql stable security definer set search_path = pg_catalog as $$
  select s.customer_id from sec.web_sessions s
   where s.token_hash = sha256(convert_to(current_setting('app.session_token', true), 'UTF8'))
     and s.expires_at > now() and s.revoked_at is null $$;
revoke all on function sec.customer_of_token() from public;

do $$
declare t text; rule text;
begin
  foreach t in array array['customers','contracts','contract_terms','contract_supply_points','supply_points','supply_point_terms','addresses',
     'meters','meter_installations','registers','readings','documents','document_lines','document_vat','document_renditions','payments',
     'open_items','allocations','ledger_transfers','billing_scopes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    rule := case
      when t = 'customers' then 'id = (select sec.customer_of_token())'
      when t in ('contracts','documents','payments','open_items','allocations','ledger_transfers','billing_scopes') then 'customer_id = (select sec.customer_of_token())'
      when t in ('contract_terms','contract_supply_points') then 'contract_id in (select c.id from operational.contracts c)'
      when t = 'supply_points' then 'id in (select k.supply_point_id from operational.contract_supply_points k)'
      when t in ('supply_point_terms','meter_installations') then 'supply_point_id in (select k.supply_point_id from operational.contract_supply_points k)'
      when t = 'readings' then 'exists (select 1 from operational.contract_supply_points k where k.supply_point_id = readings.supply_point_id
                                 and readings.reading_date >= k.valid_from - 1 and (k.valid_to is null or readings.reading_date < k.valid_to))'
      when t = 'meters' then 'id in (select i.meter_id from operational.meter_installations i)'
      when t = 'registers' then 'meter_id in (select i.meter_id from operational.meter_installations i)'
      when t = 'addresses' then 'id in (select c.address_id from operational.customers c) or id in (select p.address_id from operational.supply_points p)'
      when t in ('document_lines','document_vat','document_renditions') then 'document_id in (select d.id from operational.documents d)'
    end;
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, rule);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
end $$;

-- ---------------------------------------------------------------- grants
grant usage on schema operational, sec to iris_app, iris_auth, iris_ebok;
grant usage on schema operational to iris_dbt;
grant select, insert on all tables in schema operational to iris_app;
grant update on supply_points, customers, products, price_lists, contracts, staff_users, staff_sessions, customer_users, idempotency_keys, outbox,
  billing_runs, billing_exceptions, number_series, billing_scopes, payments to iris_app;
grant update (superseded_at) on vat_rates, excise_rates, statutory_rates, dso_rates, zone_masks, gas_conversion_factors, interest_rates, supply_point_terms,
  meter_installations, readings, billed_volumes, price_list_items, contract_terms, contract_supply_points to iris_app;
grant update on dsos, charges, holidays to iris_app;
grant delete on staff_sessions, idempotency_keys to iris_app;
grant select, insert, update, delete on all tables in schema sec to iris_app;
revoke insert on audit_trail from iris_app;
grant select on all tables in schema operational to iris_dbt;
revoke select on staff_users, staff_sessions, customer_users, idempotency_keys from iris_dbt;
grant select on staff_users to iris_app;
grant execute on function sec.customer_of_token() to iris_ebok, iris_app;
-- The portal's log-in has a role of its own: it sees accounts and sessions and nothing of the customers.
grant select on customer_users to iris_auth;
grant update (password_hash) on customer_users to iris_auth;
grant select, insert, update on sec.web_sessions, sec.login_attempts to iris_auth;
grant execute on function actor() to public;
-- Words needed to read one's own bill.
grant select on charges, dsos to iris_ebok;
do $$ declare t text; begin
  foreach t in array array['charges', 'dsos'] loop
    execute format('alter table operational.%I enable row level security', t);
    execute format('alter table operational.%I force row level security', t);
    execute format('create policy staff on operational.%I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on operational.%I for select to iris_dbt using (true)', t);
    execute format('create policy portal on operational.%I for select to iris_ebok using (true)', t);
  end loop;
end $$;
reset role;

-- ---------------------------------------------------------------- raw: files as they came
set role iris_loader;
set search_path = raw, public;

create table files (
  id bigint generated always as identity primary key, sha256 text not null unique, name text not null,
  kind text not null check (kind in ('register_readings', 'billed_volumes', 'bank_statements')), format text not null,
  size_bytes bigint not null, received_at timestamptz not null, rows_read integer not null, rows_accepted integer not null,
  rows_rejected integer not null, rows_duplicate integer not null, loaded_by text not null,
  check (rows_read = rows_accepted + rows_rejected + rows_duplicate)
);
create table rejected_files (
  id bigint generated always as identity primary key, sha256 text not null, name text not null, received_at timestamptz not null,
  code text not null, reason text not null, cure text not null, resolved_at timestamptz, resolved_by text, unique (sha256, code)
);
create table register_readings (
  file_id bigint not null references files, row_no integer not null, supply_point_code text not null, meter_serial text not null,
  zone_code text not null, reading_date date not null, value numeric(18, 3) not null, kind text not null, reason text not null,
  version integer not null, status text not null check (status in ('accepted', 'duplicate')), primary key (file_id, row_no)
);
create table billed_volumes (
  file_id bigint not null references files, row_no integer not null, supply_point_code text not null, zone_code text not null,
  period_from date not null, period_to date not null, quantity numeric(18, 3) not null, unit text not null, quality text not null,
  version integer not null, status text not null check (status in ('accepted', 'duplicate')), primary key (file_id, row_no)
);
-- Quarantine: every row that did not pass the gate, as it came, with the reason and the cure.
create table rejected_rows (
  id bigint generated always as identity primary key, file_id bigint not null references files, row_no integer not null,
  content text not null, code text not null, reason text not null, cure text not null,
  resolved_at timestamptz, resolved_by text, resolution text, unique (file_id, row_no)
);
create table bank_statements (
  id bigint generated always as identity primary key, file_id bigint not null references files, account text not null, currency text not null,
  statement_number text not null, opening_balance numeric(18, 2), closing_balance numeric(18, 2), opened_on date, closed_on date
);
create table bank_lines (
  id bigint generated always as identity primary key, statement_id bigint not null references bank_statements, line_no integer not null,
  business_key text not null unique, booked_on date not null, value_date date not null, amount numeric(18, 2) not null, currency text not null,
  title text not null, payer_name text not null, payer_account text not null, virtual_account text not null, bank_reference text not null,
  description text not null, unique (statement_id, line_no)
);
grant usage on schema raw to iris_app, iris_dbt;
grant select on all tables in schema raw to iris_app, iris_dbt;
grant insert on all tables in schema raw to iris_app;
grant update (resolved_at, resolved_by) on rejected_files to iris_app;
grant update (resolved_at, resolved_by, resolution) on rejected_rows to iris_app;
reset role;

-- ---------------------------------------------------------------- warehouse: who may read what dbt builds
set role iris_dbt;
grant usage on schema proposals, marts to iris_app;
grant usage on schema marts to iris_bi;
alter default privileges in schema proposals grant select on tables to iris_app;
alter default privileges in schema marts grant select on tables to iris_app, iris_bi;
reset role;
reset search_path;
