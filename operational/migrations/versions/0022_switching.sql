-- Change of supplier: cases, messages, deadlines.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- rules as data (delivered by reference load)
-- By which channel messages with a distributor go on a day: the cut-over to the national hub is a row with its date.
create table switching_channels (
  id bigint generated always as identity primary key, dso_code text not null,
  channel text not null check (channel in ('dso_xml', 'dso_csv', 'gas_xml', 'hub')), valid_from date not null, valid_to date, source text not null,
  unique (dso_code, valid_from), check (valid_to > valid_from), exclude using gist (dso_code with =, daterange(valid_from, valid_to) with &&)
);
create table switching_deadlines (
  id bigint generated always as identity primary key, code text not null check (code ~ '^[a-z0-9_]{2,40}$'),
  medium text not null check (medium in ('electricity', 'gas')),
  value smallint not null check (value between 0 and 730), unit text not null check (unit in ('days', 'working_days', 'months', 'times')),
  name_pl text not null, name_en text not null, valid_from date not null, valid_to date, source text not null,
  unique (code, medium, valid_from), check (valid_to > valid_from), exclude using gist (code with =, medium with =, daterange(valid_from, valid_to) with &&)
);
-- Papers a switch needs. dso_code '' = every distributor, customer_kind '' = every customer. signature: with_contract = the customer signs it
-- together with the contract, customer = it must come back signed, none = we sign it ourselves.
create table switching_paper_rules (
  id bigint generated always as identity primary key, dso_code text not null default '', medium text not null check (medium in ('electricity', 'gas')),
  kind text not null check (kind in ('first', 'later', 'reserve')), customer_kind text not null default '' check (customer_kind in ('', 'household', 'business', 'public')),
  template text not null, signature text not null check (signature in ('with_contract', 'customer', 'none')),
  valid_from date not null, valid_to date, source text not null,
  unique (dso_code, medium, kind, customer_kind, template, valid_from), check (valid_to > valid_from)
);
-- Reasons of a rejection in our words, and what is done about each.
create table switching_rejections (
  code text primary key check (code ~ '^R\d\d$'), name_pl text not null, name_en text not null,
  remedy text not null check (remedy in ('fix_data', 'call_customer', 'legal', 'internal', 'collision', 'move_date', 'wait', 'order_dso', 'papers', 'drop', 'recontract', 'technical')),
  queue text not null default '', is_automatic boolean not null, source text not null
);
create table switching_reason_codes (
  channel text not null check (channel in ('dso_xml', 'dso_csv', 'gas_xml', 'hub')), external_code text not null,
  code text not null, source text not null, primary key (channel, external_code)
);
-- The published price list by which reserve supply is billed.
create table switching_reserve_lists (
  medium text not null check (medium in ('electricity', 'gas')), price_list_code text not null, valid_from date not null, valid_to date, source text not null,
  primary key (medium, valid_from), check (valid_to > valid_from), exclude using gist (medium with =, daterange(valid_from, valid_to) with &&)
);

-- Which state may follow which; rules.py holds the same table and a test compares them.
create table switching_transitions (
  direction text not null, from_status text not null, to_status text not null, primary key (direction, from_status, to_status)
);
insert into switching_transitions select 'in', f, t from (values
  ('DRAFT', array['DOCS_INCOMPLETE', 'READY', 'SCHEDULED', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED']),
  ('DOCS_INCOMPLETE', array['READY', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED']),
  ('READY', array['SENT', 'RESENT', 'DOCS_INCOMPLETE', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED']),
  ('SENT', array['ACK', 'VERIFIED_OK', 'REJECTED', 'COLLISION', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN']),
  ('RESENT', array['ACK', 'VERIFIED_OK', 'REJECTED', 'COLLISION', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN']),
  ('ACK', array['VERIFIED_OK', 'REJECTED', 'COLLISION', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN']),
  ('VERIFIED_OK', array['SCHEDULED', 'COLLISION', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN']),
  ('SCHEDULED', array['ACTIVE', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN']),
  ('REJECTED', array['READY', 'DOCS_INCOMPLETE', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED']),
  ('COLLISION', array['READY', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED']),
  ('ACTIVE', array['ENDING']), ('ENDING', array['ACTIVE', 'CLOSED'])) as x (f, ts), unnest(ts) t
union all select 'out', f, t from (values
  ('DRAFT', array['ENDING', 'REJECTED', 'WITHDRAWN']), ('REJECTED', array['ENDING', 'WITHDRAWN', 'CLOSED']),
  ('ENDING', array['FINAL_READ', 'WITHDRAWN']), ('FINAL_READ', array['CLOSED'])) as y (f, ts), unnest(ts) t;

-- ---------------------------------------------------------------- cases
-- One per supply point and contract. attempt counts notifications (2 = sent again once); deadline_on is the next day by which something must
-- happen; missing lists the papers that hold it up. start_request_id is the row of start_requests that opened it.
create table switching_cases (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  number text generated always as ('ZS/' || lpad(id::text, 7, '0')) stored unique,
  direction text not null check (direction in ('in', 'out')), kind text not null check (kind in ('first', 'later', 'reserve')),
  contract_id bigint not null references contracts, supply_point_id bigint not null references supply_points, customer_id bigint not null references customers,
  start_request_id bigint unique, medium text not null check (medium in ('electricity', 'gas')), dso_code text not null references dsos,
  channel text not null check (channel in ('dso_xml', 'dso_csv', 'gas_xml', 'hub')),
  status text not null default 'DRAFT' check (status in ('DRAFT', 'DOCS_INCOMPLETE', 'READY', 'SENT', 'RESENT', 'ACK', 'VERIFIED_OK', 'REJECTED', 'SCHEDULED', 'ACTIVE',
    'ENDING', 'FINAL_READ', 'CLOSED', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'COLLISION')),
  wanted_start date not null, confirmed_start date, earliest_start date, end_on date,
  opened_on date not null, changed_on date not null, sent_on date, deadline_on date, attempt smallint not null default 0 check (attempt >= 0),
  rejection_code text references switching_rejections, missing text[] not null default '{}', note text not null default '',
  closed_on date, row_version integer not null default 1,
  check ((status in ('CLOSED', 'CANCELLED_BY_CUSTOMER', 'WITHDRAWN')) = (closed_on is not null)),
  check (status <> 'REJECTED' or direction = 'out' or rejection_code is not null), check (status not in ('SCHEDULED', 'ACTIVE') or direction = 'out' or confirmed_start is not null),
  check (direction = 'in' or end_on is not null)
) with (fillfactor = 70);
create unique index switching_cases_open on switching_cases (contract_id, supply_point_id, direction) where closed_on is null;
create index on switching_cases (customer_id);
create index on switching_cases (supply_point_id);
create index on switching_cases (status, deadline_on);

create table switching_events (
  id bigint generated always as identity primary key, case_id bigint not null,
  kind text not null check (kind in ('opened', 'status', 'date_moved', 'paper', 'message', 'remedy', 'task', 'note')),
  from_status text, to_status text, happened_on date not null, details jsonb not null default '{}',
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on switching_events (case_id, id);

-- The log is written by the database itself, so no change of state can lack its entry; a step that the table of transitions
-- does not know is refused.
create function log_switching_cases() returns trigger language plpgsql as $$
declare wrong record;
begin
  if tg_op = 'INSERT' then
    insert into operational.switching_events (case_id, kind, to_status, happened_on, details)
    select n.id, 'opened', n.status, n.opened_on, jsonb_build_object('wanted_start', n.wanted_start) from new_rows n order by n.id;
    return null;
  end if;
  select n.number, o.status as s, n.status as t into wrong from new_rows n join old_rows o using (id)
   where o.status <> n.status and not exists (select from operational.switching_transitions x where x.direction = n.direction and x.from_status = o.status and x.to_status = n.status);
  if found then
    raise exception 'case %: % does not follow %', wrong.number, wrong.t, wrong.s using errcode = 'restrict_violation';
  end if;
  insert into operational.switching_events (case_id, kind, from_status, to_status, happened_on, details)
  select n.id, case when o.status <> n.status then 'status' else 'date_moved' end, o.status, n.status, n.changed_on,
         jsonb_strip_nulls(jsonb_build_object('attempt', nullif(n.attempt, 0), 'code', case when n.status in ('REJECTED', 'COLLISION') then n.rejection_code end,
           'wanted_start', case when n.wanted_start <> o.wanted_start then n.wanted_start end, 'confirmed_start', case when n.confirmed_start is distinct from o.confirmed_start then n.confirmed_start end,
           'end_on', case when n.end_on is distinct from o.end_on then n.end_on end, 'note', nullif(n.note, ''), 'missing', case when n.status = 'DOCS_INCOMPLETE' then to_jsonb(n.missing) end))
  from new_rows n join old_rows o using (id)
  where o.status <> n.status or o.wanted_start <> n.wanted_start or n.end_on is distinct from o.end_on order by n.id;
  return null;
end $$;
create trigger log_insert after insert on switching_cases referencing new table as new_rows for each statement execute function log_switching_cases();
create trigger log_update after update on switching_cases referencing old table as old_rows new table as new_rows for each statement execute function log_switching_cases();

create table switching_case_papers (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), case_id bigint not null references switching_cases,
  template text not null, signature text not null check (signature in ('with_contract', 'customer', 'none')), paper_public_id uuid, signed_on date,
  made_on date not null, replaced_on date, recorded_by text not null default actor()
);
create unique index switching_case_papers_one on switching_case_papers (case_id, template) where replaced_on is null;

-- ---------------------------------------------------------------- files and messages
-- sent_at is set when an outgoing file stands in the outbox folder; writing it again gives the same bytes under the same name.
create table switching_files (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  direction text not null check (direction in ('out', 'in')), channel text not null, dso_code text not null, name text not null, content bytea not null,
  sha256 text not null, messages integer not null check (messages >= 0), repeated integer not null default 0, day date not null, sent_at timestamptz,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  unique (direction, sha256), check (direction = 'out' or sent_at is null)
);
create unique index switching_files_name on switching_files (name) where direction = 'out';
create index switching_files_waiting on switching_files (id) where direction = 'out' and sent_at is null;
create table switching_messages (
  id bigint generated always as identity primary key, case_id bigint not null references switching_cases, direction text not null check (direction in ('out', 'in')),
  channel text not null, dso_code text not null,
  kind text not null check (kind in ('notification', 'cancellation', 'loss_answer', 'ack', 'accepted', 'rejected', 'cancelled', 'loss_notice', 'loss_called_off', 'reserve_start')),
  message_id text not null check (message_id ~ '^[A-Za-z0-9/_.-]{3,60}$'), reference text not null default '', attempt smallint not null default 0,
  issued_on date not null, payload jsonb not null, file_id bigint not null references switching_files,
  outcome text not null check (outcome in ('sent', 'applied', 'repeated', 'stale', 'contradiction')),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  unique (direction, channel, dso_code, message_id)
);
create unique index switching_messages_once on switching_messages (case_id, kind, attempt) where direction = 'out';
create index on switching_messages (case_id, id);
create index on switching_messages (file_id);

-- ---------------------------------------------------------------- triggers, grants, the portal
do $$
declare t text;
begin
  foreach t in array array['switching_events', 'switching_messages', 'switching_transitions'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['switching_channels', 'switching_deadlines', 'switching_paper_rules', 'switching_cases', 'switching_case_papers'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
  end loop;
  foreach t in array array['switching_channels', 'switching_deadlines', 'switching_paper_rules', 'switching_cases', 'switching_case_papers', 'switching_files',
      'switching_rejections', 'switching_reason_codes', 'switching_reserve_lists'] loop
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['switching_channels', 'switching_deadlines', 'switching_paper_rules', 'switching_rejections', 'switching_reason_codes', 'switching_reserve_lists', 'switching_transitions',
      'switching_cases', 'switching_events', 'switching_case_papers', 'switching_files', 'switching_messages'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;
revoke insert on switching_transitions from iris_app;
grant update on switching_channels, switching_deadlines, switching_paper_rules, switching_rejections, switching_reason_codes, switching_reserve_lists, switching_cases to iris_app;
grant update (paper_public_id, signed_on, replaced_on) on switching_case_papers to iris_app;
grant update (sent_at) on switching_files to iris_app;
alter table switching_cases enable row level security;
alter table switching_cases force row level security;
create policy staff on switching_cases to iris_app using (true) with check (true);
create policy warehouse on switching_cases for select to iris_dbt using (true);
create policy portal on switching_cases for select to iris_ebok using (customer_id = (select sec.customer_of_token()));
grant select on switching_cases to iris_ebok;
reset role;
reset search_path;
