-- Contract drafts, signatures, withdrawal and requested starts.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- rules as dated data
-- Days in which a consumer may withdraw without giving a reason; a channel without a row gives no right.
create table withdrawal_rules (
  id bigint generated always as identity primary key,
  channel text not null check (channel in ('stationary', 'distance', 'off_premises')), customer_kind text not null check (customer_kind in ('household', 'business', 'public')),
  days smallint not null check (days between 1 and 365), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (channel with =, customer_kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into withdrawal_rules (channel, customer_kind, days, valid_from, valid_to, source, recorded_by) values
  ('distance', 'household', 14, '2014-12-25', null, 'Consumer Rights Act art. 27 (rules.md 9.1)', 'system:migration'),
  ('off_premises', 'household', 14, '2014-12-25', '2023-01-01', 'Consumer Rights Act art. 27 (rules.md 9.1)', 'system:migration'),
  ('off_premises', 'household', 30, '2023-01-01', null, 'Consumer Rights Act art. 27(2), unsolicited visit at home (rules.md 9.1, medium confidence)', 'system:migration');

-- Days that a kind of start needs between the signature and the first day of supply; `activated_by` says who lets it become true.
create table start_rules (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('switch', 'first_switch', 'takeover', 'new_connection', 'direct')),
  lead_days smallint not null check (lead_days between 0 and 365), activated_by text not null check (activated_by in ('switching', 'contracts')),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into start_rules (kind, lead_days, activated_by, valid_from, source, recorded_by) values
  ('switch', 21, 'switching', '2010-01-01', 'Energy Law art. 4j(6): at most 21 days (rules.md 9.1)', 'system:migration'),
  ('first_switch', 21, 'switching', '2010-01-01', 'Energy Law art. 4j(6): at most 21 days (rules.md 9.1)', 'system:migration'),
  ('takeover', 0, 'contracts', '2010-01-01', 'sample value, not official', 'system:migration'),
  ('new_connection', 1, 'contracts', '2010-01-01', 'sample value, not official', 'system:migration'),
  ('direct', 0, 'contracts', '2010-01-01', 'sample value, not official', 'system:migration');

-- What the wizard proposes for a customer of a kind; each contract may differ.
create table contract_defaults (
  id bigint generated always as identity primary key,
  customer_kind text not null check (customer_kind in ('household', 'business', 'public')),
  period_months smallint check (period_months between 1 and 120), notice_months smallint not null check (notice_months between 0 and 24),
  continuation text not null check (continuation in ('indefinite', 'prolong', 'end')),
  cycle_months smallint not null, payment_term_days smallint not null, invoicing_rule text not null,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into contract_defaults (customer_kind, period_months, notice_months, continuation, cycle_months, payment_term_days, invoicing_rule, valid_from, source, recorded_by) values
  ('household', null, 1, 'indefinite', 1, 14, 'per_supply_point', '2010-01-01', 'sample value, not official', 'system:migration'),
  ('business', 24, 3, 'indefinite', 1, 21, 'per_contract', '2010-01-01', 'sample value, not official', 'system:migration'),
  ('public', 12, 1, 'end', 1, 30, 'per_customer', '2010-01-01', 'sample value, not official', 'system:migration');

-- ---------------------------------------------------------------- drafts
-- What a clerk has typed so far. `contract_id` and `number` are kept for the contract from the day the papers are made;
-- the contract itself is written when it is signed.
create table contract_drafts (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint references customers, content jsonb not null default '{}',
  step smallint not null default 1 check (step between 1 and 6),
  status text not null default 'open' check (status in ('open', 'waiting', 'signed', 'dropped')),
  source text not null default 'wizard', source_id bigint,
  contract_id bigint unique, number text unique,
  created_at timestamptz not null, updated_at timestamptz not null,
  created_by text not null default actor(), updated_by text not null default actor(), row_version integer not null default 1,
  check (status not in ('waiting', 'signed') or (contract_id is not null and number is not null))
);
create index on contract_drafts (status, updated_at desc);
create index on contract_drafts (customer_id);

-- ---------------------------------------------------------------- what was signed
-- One current version per contract. While it waits, the contract is not written yet, so only a signed one refers to it.
create table contract_signatures (
  id bigint generated always as identity primary key,
  contract_id bigint not null, draft_id bigint references contract_drafts,
  state text not null check (state in ('waiting', 'signed', 'withdrawn')),
  written_contract_id bigint references contracts check (written_contract_id = contract_id),
  sent_on date, signed_on date, channel text not null check (channel in ('stationary', 'distance', 'off_premises')),
  withdrawal_until date, withdrawn_on date, supply_ends_on date,
  early_start boolean not null default false,   -- the consumer asked for delivery before the days of withdrawal are over
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check ((state = 'waiting') = (signed_on is null)), check ((state = 'waiting') = (written_contract_id is null)),
  check ((state = 'withdrawn') = (withdrawn_on is not null)),
  check (withdrawal_until >= signed_on), check (withdrawn_on >= signed_on)
);
create unique index contract_signatures_current on contract_signatures (contract_id) where superseded_at is null;
create index contract_signatures_waiting on contract_signatures (state, signed_on) where superseded_at is null and state <> 'signed';
create index on contract_signatures (written_contract_id);

-- Period, notice and end of a contract by date. `ends_on` is the last day of a fixed term, counted from the first day of supply.
create table contract_conditions (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts,
  product_version_id bigint, early_termination_rule_id bigint,
  period_months smallint check (period_months between 1 and 120), ends_on date,
  notice_months smallint not null default 1 check (notice_months between 0 and 24),
  continuation text not null default 'indefinite' check (continuation in ('indefinite', 'prolong', 'end')),
  invoice_channel text not null default '' check (invoice_channel in ('', 'ebok', 'email', 'letter')),
  promotions text[] not null default '{}',      -- codes given at the signature; they count from the first day of supply
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (period_months is not null or ends_on is null),
  exclude using gist (contract_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create index contract_conditions_ends on contract_conditions (ends_on) where superseded_at is null and ends_on is not null;

-- What the customer lets the seller do; what is missing holds the change of supplier.
create table contract_mandates (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts,
  kind text not null check (kind in ('power_of_attorney', 'supplier_choice', 'termination_of_old')),
  given_on date not null, given_by text not null default '', old_supplier text not null default '', old_contract_number text not null default '',
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor()
);
create unique index contract_mandates_current on contract_mandates (contract_id, kind) where superseded_at is null;

-- A supply point that shall become active; open while superseded_at is null. One open request per point.
create table start_requests (
  id bigint generated always as identity primary key,
  contract_id bigint not null references contracts, supply_point_id bigint not null references supply_points,
  wanted_start date not null, kind text not null check (kind in ('switch', 'first_switch', 'takeover', 'new_connection', 'direct')),
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor()
);
create unique index start_requests_open on start_requests (supply_point_id) where superseded_at is null;
create index on start_requests (contract_id);
create index start_requests_due on start_requests (wanted_start, kind) where superseded_at is null;

-- Why a request is no longer open.
create table start_request_ends (
  request_id bigint primary key references start_requests, outcome text not null check (outcome in ('activated', 'withdrawn', 'cancelled', 'moved')),
  started_on date, reason text not null default '', recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  check ((outcome = 'activated') = (started_on is not null))
);

-- Why a supply ended; the days themselves stand in contract_supply_points.
create table supply_ends (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts, supply_point_id bigint not null references supply_points,
  ends_on date not null, reason text not null check (reason <> ''), recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on supply_ends (contract_id);

-- ---------------------------------------------------------------- triggers and grants
do $$
declare t text;
begin
  foreach t in array array['withdrawal_rules', 'start_rules', 'contract_defaults', 'contract_signatures', 'contract_conditions', 'contract_mandates', 'start_requests'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert, update (superseded_at) on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  foreach t in array array['start_request_ends', 'supply_ends'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  -- The customer sees the signature, the terms and the requested start of the own contracts.
  foreach t in array array['contract_signatures', 'contract_conditions', 'contract_mandates', 'start_requests', 'supply_ends'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    execute format('create policy portal on %I for select to iris_ebok using (contract_id in (select c.id from operational.contracts c))', t);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
end $$;
-- A point whose start is requested is shown before its supply begins; of it only code and address, the rest follows the supply.
drop policy portal on supply_points;
create policy portal on supply_points for select to iris_ebok using (
  id in (select k.supply_point_id from operational.contract_supply_points k)
  or id in (select r.supply_point_id from operational.start_requests r where r.superseded_at is null));
create trigger audit_row after update or delete on contract_drafts for each row execute function audit_row();
create trigger refuse_truncate before truncate on contract_drafts for each statement execute function refuse_change();
grant select, insert, update on contract_drafts to iris_app;
grant select on contract_drafts to iris_dbt;
grant usage on sequence contracts_id_seq to iris_app;
create index supplies_ending on contract_supply_points (valid_to) where superseded_at is null and valid_to is not null;
create index if not exists contracts_newest on contracts (signed_on desc, number);
reset role;
reset search_path;
