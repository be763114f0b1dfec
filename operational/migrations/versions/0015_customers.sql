-- Customers in depth: people, roles, consents, duplicates and merges.
set role iris_owner;
set search_path = operational, public;

-- Text without Polish letters and capitals. Immutable, so that indexes may hold it: the dictionary is named, not looked up.
create function plain(given text) returns text language sql immutable strict parallel safe as $$
  select lower(public.unaccent('public.unaccent'::regdictionary, given)) $$;

-- ---------------------------------------------------------------- people and addresses of a customer
-- Who pays, receives, acts for or is called about a customer; for all, for one contract or for one point. Bitemporal.
create table customer_roles (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  supply_point_id bigint references supply_points, contract_id bigint references contracts,
  role text not null check (role in ('payer', 'recipient', 'proxy', 'contact')),
  person_name text not null check (person_name <> ''), position text not null default '', phone text, email text, note text not null default '',
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from)
);
create index on customer_roles (customer_id);
create index on customer_roles (right(phone, 9)) where superseded_at is null;

-- Addresses beside the main one: where letters or invoices go. One of a kind on a day.
create table customer_addresses (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  kind text not null check (kind in ('correspondence', 'invoices', 'site')), address_id bigint not null references addresses,
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_id with =, kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- A consent or its withdrawal, as given. The one in force for a kind is the row not superseded; nothing is ever changed.
create table consents (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  kind text not null check (kind in ('marketing_email', 'marketing_sms', 'marketing_phone', 'einvoice', 'profiling')),
  channel text not null check (channel <> ''), granted boolean not null, given_on date not null, source text not null, paper_id bigint,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor()
);
create unique index consents_in_force on consents (customer_id, kind) where superseded_at is null;
create index on consents (customer_id, given_on desc);

-- ---------------------------------------------------------------- duplicates and merges
alter table customers add column merged_into_id bigint references customers, add check (merged_into_id <> id);
create index on customers (merged_into_id) where merged_into_id is not null;

-- What stayed under the old number (documents, postings, payments) stays there for ever; this row says where to look.
create table customer_merges (
  id bigint generated always as identity primary key, kept_id bigint not null references customers, merged_id bigint not null unique references customers,
  merged_on date not null, reason text not null check (reason <> ''), moved_contracts text[] not null default '{}',
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), check (kept_id <> merged_id)
);
create index on customer_merges (kept_id);

-- How much each likeness says that two customers are one; the score of a pair is 1 minus the product of (1 - weight).
create table duplicate_rules (
  id bigint generated always as identity primary key,
  signal text not null check (signal in ('nip', 'pesel', 'phone', 'email', 'name', 'name_least', 'address', 'warn_from', 'queue_from', 'group_most')),
  value numeric(8, 3) not null check (value >= 0 and (signal = 'group_most' or value <= 1)), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default 'system:migration',
  exclude using gist (signal with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into duplicate_rules (signal, value, valid_from, source) values
  ('nip', 1, '2000-01-01', 'sample value, not official: one taxpayer, one number'),
  ('pesel', 1, '2000-01-01', 'sample value, not official: one person, one number'),
  ('phone', 0.55, '2000-01-01', 'sample value, not official: families share telephones'),
  ('email', 0.6, '2000-01-01', 'sample value, not official'),
  ('name', 0.5, '2000-01-01', 'sample value, not official: full weight at likeness 1, none below name_least'),
  ('name_least', 0.6, '2000-01-01', 'sample value, not official: least likeness of two names (pg_trgm)'),
  ('address', 0.2, '2000-01-01', 'sample value, not official: neighbours share a building'),
  ('group_most', 20, '2000-01-01', 'sample value, not official: a value shared by more customers says nothing'),
  ('warn_from', 0.3, '2000-01-01', 'sample value, not official: shown beside the form from this score'),
  ('queue_from', 0.55, '2000-01-01', 'sample value, not official: put into the queue from this score');

create table duplicate_pairs (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  one_id bigint not null references customers, other_id bigint not null references customers,
  score numeric(4, 3) not null, signals text[] not null, found_on date not null,
  state text not null default 'open' check (state in ('open', 'different', 'merged')),
  decided_at timestamptz, decided_by text, note text not null default '', row_version integer not null default 1,
  check (one_id < other_id), unique (one_id, other_id)
);
create index on duplicate_pairs (score desc, id) where state = 'open';
create index on duplicate_pairs (other_id);

-- A number that was merged away gets nothing new.
create function refuse_merged_customer() returns trigger language plpgsql as $$
begin
  if exists (select from operational.customers c where c.id = new.customer_id and c.merged_into_id is not null) then
    raise exception 'customer % was merged into another one, use that one', new.customer_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger refuse_merged_customer before insert on contracts for each row execute function refuse_merged_customer();

-- ---------------------------------------------------------------- files of customers, points and contracts
-- A file as it was sent, what the check found, and what became of it. Wrong rows come back as CSV with reasons (`rejected`).
create table portfolio_imports (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind in ('customers', 'points', 'contracts')), name text not null, sha256 text not null, content bytea not null,
  rows_read integer not null, rows_good integer not null, rows_known integer not null, rows_wrong integer not null, problems jsonb not null,
  rejected text not null default '', created_at timestamptz not null default now(), created_by text not null default actor(),
  imported_at timestamptz, imported_by text, rows_imported integer, row_version integer not null default 1,
  check (rows_read = rows_good + rows_known + rows_wrong)
);
create index on portfolio_imports (created_at desc);

-- ---------------------------------------------------------------- search: one index per identifier of UX 2.2
create index customers_in_order on customers (search_name, id);
create index customers_number_start on customers (customer_number text_pattern_ops);
create index customers_account_end on customers (reverse(virtual_account) text_pattern_ops);
create index customers_regon on customers (regon) where regon is not null;
create index customers_phone on customers (right(phone, 9)) where phone is not null;
create index customers_email on customers (lower(email) text_pattern_ops) where email is not null;
create index customers_address on customers (address_id);
create index customers_since on customers (customer_since desc, id);
create index supply_points_code_start on supply_points (code text_pattern_ops);
create index supply_points_code_end on supply_points (reverse(code) text_pattern_ops);
create index supply_points_address on supply_points (address_id);
create index meters_serial_start on meters (lower(serial) text_pattern_ops);
create index addresses_place on addresses using gin (plain(street || ' ' || building || ' ' || city) public.gin_trgm_ops);
create index addresses_city on addresses (plain(city) text_pattern_ops, id);
create index addresses_postal_code on addresses (postal_code);
create index contracts_number_trgm on contracts using gin (number public.gin_trgm_ops);
create index payments_title_trgm on payments using gin (lower(title || ' ' || payer_name) public.gin_trgm_ops);

-- ---------------------------------------------------------------- triggers and grants
do $$
declare t text;
begin
  foreach t in array array['customer_roles', 'customer_addresses', 'consents', 'duplicate_rules'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  execute 'create trigger refuse_change before update or delete or truncate on customer_merges for each statement execute function refuse_change()';
  foreach t in array array['duplicate_pairs', 'portfolio_imports'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
end $$;
grant select, insert on customer_merges, duplicate_pairs, portfolio_imports to iris_app;
grant update on duplicate_pairs, portfolio_imports to iris_app;
grant select on customer_roles, customer_addresses, consents, customer_merges, duplicate_rules, duplicate_pairs to iris_dbt;
grant execute on function plain(text) to public;
reset role;
reset search_path;
