-- Dunning: procedures as dated data, guards, holds and disputes, cases with an append-only log, orders to distributors.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- rules as data (delivered by reference load, edited by staff)
create table dunning_procedures (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  code text not null check (code ~ '^[a-z0-9_]{2,40}$'), version_no integer not null check (version_no >= 1),
  name_pl text not null, name_en text not null,
  customer_kind text not null check (customer_kind in ('any', 'household', 'business', 'public')),
  min_amount money_pln not null default 0 check (min_amount >= 0),
  valid_from date not null, valid_to date, status text not null default 'draft' check (status in ('draft', 'approved', 'rejected')),
  source text not null, created_at timestamptz not null default now(), created_by text not null default actor(),
  approved_at timestamptz, approved_by text, row_version integer not null default 1,
  unique (code, version_no), check (valid_to > valid_from)
);

-- A step acts on a day counted from the oldest debt's effective due date, or from the delivery of an earlier step's letter.
-- channels: the first one by which the customer can be reached. fee: a household never pays one (see the check below).
create table dunning_steps (
  id bigint generated always as identity primary key, procedure_code text not null, version_no integer not null,
  step_code text not null check (step_code ~ '^[a-z0-9_]{2,40}$'), position smallint not null check (position between 1 and 99),
  kind text not null check (kind in ('reminder', 'demand', 'suspension_notice', 'suspension_order', 'pre_court', 'termination', 'court', 'enforcement')),
  stage text not null check (stage in ('REMIND', 'CALL1', 'CALL2', 'NOTICE', 'SUSPENSION_ORDERED', 'PRE_COURT', 'COURT', 'ENFORCEMENT')),
  name_pl text not null, name_en text not null,
  anchor_step text not null default '', day_offset smallint not null check (day_offset between -60 and 1000),
  day_unit text not null default 'calendar' check (day_unit in ('calendar', 'working')),
  day_rule text not null default 'any' check (day_rule in ('any', 'working', 'before_working')),
  channels text not null check (channels ~ '^((sms|email|ebok|letter|registered_letter)(,(sms|email|ebok|letter|registered_letter))*)?$'),
  template_code text not null default '', fee_amount money_pln not null default 0 check (fee_amount >= 0),
  min_total money_pln not null default 0 check (min_total >= 0), min_item_days smallint not null default 1,
  min_gap_days smallint not null default 0 check (min_gap_days >= 0), is_manual boolean not null default false, legal_basis text not null,
  unique (procedure_code, version_no, step_code), unique (procedure_code, version_no, position),
  foreign key (procedure_code, version_no) references dunning_procedures (code, version_no),
  check ((kind = 'reminder') = (day_offset < 0)), check (channels = '' or template_code <> '')
);

-- What stops a step: `fact` is what must be true of the payer or of the debt ('' = nothing, the block holds for everybody), in the
-- season and between the dates. step_kind '' = every step, customer_kind '' = every customer.
create table dunning_guards (
  id bigint generated always as identity primary key, code text not null,
  fact text not null check (fact in ('', 'dispute', 'open_dispute', 'instalment', 'vulnerable', 'support_programme', 'deceased', 'bankruptcy', 'hold')),
  step_kind text not null default '', customer_kind text not null default '' check (customer_kind in ('', 'household', 'business', 'public')),
  season_from text not null default '' check (season_from ~ '^(\d\d-\d\d)?$'), season_to text not null default '' check (season_to ~ '^(\d\d-\d\d)?$'),
  valid_from date not null, valid_to date, source text not null,
  unique (code, step_kind, customer_kind, valid_from), check (valid_to > valid_from), check ((season_from = '') = (season_to = ''))
);
-- Days after posting from which a notice counts as delivered when nobody recorded the delivery; a channel without a row never does.
create table dunning_delivery_days (
  channel text primary key check (channel in ('sms', 'email', 'ebok', 'letter', 'registered_letter')), days smallint not null check (days between 0 and 90), source text not null
);
create table dunning_limits (
  code text primary key, value numeric(18, 2) not null check (value >= 0 and value <> 'NaN'), name_pl text not null, name_en text not null, source text not null
);

-- An approved version is never changed: the next one replaces it from its day on.
create function keep_approved_procedure() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'dunning_procedures' then
    if old.status <> 'draft' and (to_jsonb(new) - array['valid_to', 'row_version']) is distinct from (to_jsonb(old) - array['valid_to', 'row_version']) then
      raise exception 'version % of procedure % is approved: make a new version', old.version_no, old.code using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if exists (select from operational.dunning_procedures p where p.code = coalesce(new.procedure_code, old.procedure_code)
              and p.version_no = coalesce(new.version_no, old.version_no) and p.status <> 'draft')
     and (tg_op <> 'INSERT' or operational.actor() like 'staff:%') then
    raise exception 'the steps of an approved procedure do not change: make a new version' using errcode = 'restrict_violation';
  end if;
  return coalesce(new, old);
end $$;
create trigger keep_approved before update on dunning_procedures for each row execute function keep_approved_procedure();
create trigger keep_approved before insert or update or delete on dunning_steps for each row execute function keep_approved_procedure();

-- ---------------------------------------------------------------- what protects a payer or a debt
create table customer_protections (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  kind text not null check (kind in ('vulnerable', 'support_programme', 'deceased', 'bankruptcy')),
  basis text not null check (basis <> ''), valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_id with =, kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create table document_disputes (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null references customers, open_item_id bigint not null references open_items,
  reason text not null check (reason in ('amount', 'reading', 'price', 'not_my_contract', 'paid', 'other')), note text not null default '',
  opened_on date not null, answer_due_on date not null, opened_by text not null default actor(),
  closed_on date, closed_by text, resolution text check (resolution in ('accepted', 'rejected', 'withdrawn')), row_version integer not null default 1,
  check (closed_on >= opened_on), check (num_nonnulls(closed_on, closed_by, resolution) in (0, 3))
);
create unique index document_disputes_open on document_disputes (open_item_id) where closed_on is null;
create index on document_disputes (customer_id);
-- A hold stops the whole payer, or one debt when open_item_id is set; [held_from, held_until).
create table dunning_holds (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null references customers, open_item_id bigint references open_items,
  reason text not null check (reason in ('agreement', 'payment_announced', 'complaint', 'proceedings', 'data_check', 'handed_over', 'other')),
  note text not null default '', held_from date not null, held_until date not null, placed_by text not null default actor(),
  released_on date, released_by text, row_version integer not null default 1,
  check (held_until > held_from), check ((released_on is null) = (released_by is null))
);
create index on dunning_holds (customer_id);

-- ---------------------------------------------------------------- cases and their log
-- A case gathers the overdue debts of one payer and keeps the procedure version of its first day.
create table dunning_cases (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null, procedure_id bigint not null, case_no integer not null check (case_no >= 1),
  stage text not null default 'NEW' check (stage in ('NEW', 'REMIND', 'CALL1', 'CALL2', 'NOTICE', 'SUSPENSION_ORDERED', 'SUSPENDED', 'RESTORED',
    'PRE_COURT', 'COURT', 'ENFORCEMENT', 'SOLD', 'WRITTEN_OFF', 'CLOSED')),
  opened_on date not null, closed_on date check (closed_on >= opened_on), last_step_on date, row_version integer not null default 1,
  unique (customer_id, case_no), check ((stage = 'CLOSED') = (closed_on is not null))
) with (fillfactor = 70);
create unique index dunning_cases_open on dunning_cases (customer_id) where closed_on is null;
create table dunning_case_items (
  case_id bigint not null, open_item_id bigint not null, joined_on date not null, primary key (case_id, open_item_id)
);
create index on dunning_case_items (open_item_id);

-- A step that fired: once per case and step. case_id is null for reminders before the due date.
create table dunning_actions (
  id bigint generated always as identity primary key, case_id bigint, customer_id bigint not null, step_id bigint not null, fired_on date not null,
  channel text not null default '', template_code text not null default '', total_amount money_pln not null, message_key text,
  pay_by date check (pay_by >= fired_on),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create unique index dunning_actions_once on dunning_actions (case_id, step_id) where case_id is not null;
create index on dunning_actions (customer_id, fired_on desc);
create table dunning_action_items (
  action_id bigint not null, case_id bigint, step_id bigint not null, open_item_id bigint not null,
  open_amount money_pln not null check (open_amount > 0), due_date date not null, fired_on date not null,
  primary key (action_id, open_item_id)
);
create unique index dunning_action_items_once on dunning_action_items (open_item_id, step_id, case_id) nulls not distinct;
-- When a notice reached the payer: recorded by a person (returned = it never did).
create table dunning_deliveries (
  id bigint generated always as identity primary key, action_id bigint not null unique references dunning_actions,
  delivered_on date, outcome text not null check (outcome in ('delivered', 'refused', 'returned')),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), check ((outcome = 'returned') = (delivered_on is null))
);
create table dunning_events (
  id bigint generated always as identity primary key, case_id bigint not null, customer_id bigint not null,
  kind text not null check (kind in ('opened', 'step', 'closed', 'hold_placed', 'hold_released', 'dispute_opened', 'dispute_closed',
    'protection_recorded', 'delivery_recorded', 'note', 'order_made', 'order_withdrawn', 'order_done', 'exported', 'handed_over', 'write_off_proposed', 'stage_changed')),
  happened_on date not null, action_id bigint, details jsonb not null default '{}',
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on dunning_events (case_id, id);
create unique index dunning_events_of_action on dunning_events (action_id) where kind = 'step';

-- ---------------------------------------------------------------- orders to the distributor
create table dso_order_files (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  dso_code text not null references dsos, name text not null unique, content bytea not null, content_sha256 bytea not null,
  orders integer not null check (orders > 0), made_on date not null, made_by text not null default actor()
);
create table dso_orders (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  number text generated always as ('ZW/' || lpad(id::text, 7, '0')) stored unique,
  kind text not null check (kind in ('suspension', 'withdrawal', 'resumption')), case_id bigint not null references dunning_cases,
  action_id bigint references dunning_actions, follows_id bigint unique references dso_orders,
  customer_id bigint not null references customers, supply_point_id bigint not null references supply_points, dso_code text not null references dsos,
  status text not null default 'created' check (status in ('created', 'sent', 'done', 'refused', 'withdrawn')),
  ordered_on date not null, done_on date, file_id bigint references dso_order_files, note text not null default '',
  created_by text not null default actor(), row_version integer not null default 1,
  unique (action_id, supply_point_id), check ((kind = 'suspension') = (follows_id is null))
);
create index on dso_orders (case_id);
create index on dso_orders (status, dso_code);

-- One row per night that ran to its end; a day may run again after more payments came.
create table dunning_runs (
  id bigint generated always as identity primary key, as_of date not null, finished_at timestamptz not null default now(),
  counts jsonb not null, run_by text not null default actor()
);
create index on dunning_runs (as_of);

-- ---------------------------------------------------------------- role, triggers, grants
alter table staff_users drop constraint staff_users_role_check,
  add constraint staff_users_role_check check (role in ('clerk', 'billing', 'finance', 'collections', 'auditor', 'admin'));

create trigger check_references after insert on dunning_cases referencing new table as new_rows for each statement
  execute function check_references('customer_id', 'customers', 'id', 'procedure_id', 'dunning_procedures', 'id');
create trigger check_references after insert on dunning_case_items referencing new table as new_rows for each statement
  execute function check_references('case_id', 'dunning_cases', 'id', 'open_item_id', 'open_items', 'id');
create trigger check_references after insert on dunning_actions referencing new table as new_rows for each statement
  execute function check_references('case_id', 'dunning_cases', 'id', 'customer_id', 'customers', 'id', 'step_id', 'dunning_steps', 'id');
create trigger check_references after insert on dunning_action_items referencing new table as new_rows for each statement
  execute function check_references('action_id', 'dunning_actions', 'id', 'open_item_id', 'open_items', 'id');
create trigger check_references after insert on dunning_events referencing new table as new_rows for each statement
  execute function check_references('case_id', 'dunning_cases', 'id', 'action_id', 'dunning_actions', 'id');

do $$
declare t text;
begin
  foreach t in array array['dunning_case_items', 'dunning_actions', 'dunning_action_items', 'dunning_deliveries', 'dunning_events', 'dso_order_files', 'dunning_runs'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  -- The state of a case follows from its log, so its changes are not audited a second time.
  foreach t in array array['dunning_procedures', 'dunning_steps', 'dunning_guards', 'document_disputes', 'dunning_holds', 'dso_orders'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  create trigger close_version_only before update on customer_protections for each row execute function close_version_only();
  create trigger refuse_delete before delete on customer_protections for each statement execute function refuse_change();
  foreach t in array array['dunning_cases', 'dunning_delivery_days', 'dunning_limits', 'customer_protections'] loop
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['dunning_procedures', 'dunning_steps', 'dunning_guards', 'dunning_delivery_days', 'dunning_limits', 'customer_protections',
      'document_disputes', 'dunning_holds', 'dunning_cases', 'dunning_case_items', 'dunning_actions', 'dunning_action_items', 'dunning_deliveries',
      'dunning_events', 'dso_order_files', 'dso_orders', 'dunning_runs'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;
grant update on dunning_procedures, dunning_steps, dunning_guards, dunning_delivery_days, dunning_limits, document_disputes, dunning_holds,
  dunning_cases, dso_orders to iris_app;
grant update (superseded_at) on customer_protections to iris_app;
grant delete on dunning_steps to iris_app;
reset role;

-- Two letters that only dunning writes; the messaging room renders them like every other template.
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('demand.pre_court', 'Ostateczne przedsądowe wezwanie do zapłaty', 'Final demand before court', '{"documents": "text", "amount": "money", "pay_by": "date"}', 'letter', false, false, 3, 72),
  ('contract.termination', 'Wypowiedzenie umowy z powodu zaległości', 'Termination because of arrears', '{"documents": "text", "amount": "money", "pay_by": "date"}', 'letter', false, false, 2, 74);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select t.code, 'standard', t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('demand.pre_court', 'pl', $t$Ostateczne przedsądowe wezwanie do zapłaty {{ amount }}$t$, $t$Szanowni Państwo,

po raz ostatni przed skierowaniem sprawy do sądu wzywamy do zapłaty:
{{ documents }}

Razem: {{ amount }}. Prosimy o zapłatę do {{ pay_by }} na konto {{ account }}, w tytule: {{ customer_number }}.

Po tym dniu złożymy pozew, a koszty postępowania poniesie dłużnik. Informację o zadłużeniu możemy przekazać do biura informacji gospodarczej po upływie terminów z ustawy. W razie sporu albo trudności z zapłatą prosimy o kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('demand.pre_court', 'en', $t$Final demand before court: {{ amount }}$t$, $t$Dear Customer,

for the last time before we take the matter to court we demand payment of:
{{ documents }}

In all: {{ amount }}. Please pay by {{ pay_by }} to account {{ account }}, title: {{ customer_number }}.

After that day we shall file a claim, and the debtor bears its costs. We may report the debt to a credit bureau after the periods that the act sets. If you dispute the debt or find it hard to pay, please contact us: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('contract.termination', 'pl', $t$Wypowiedzenie umowy$t$, $t$Szanowni Państwo,

z powodu niezapłaconych należności:
{{ documents }}

wypowiadamy umowę z zachowaniem okresu wypowiedzenia, który w niej ustalono. Jeżeli kwota {{ amount }} wpłynie do {{ pay_by }} na konto {{ account }}, wypowiedzenie prosimy uznać za niebyłe.

Kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('contract.termination', 'en', $t$Termination of the contract$t$, $t$Dear Customer,

because of these unpaid amounts:
{{ documents }}

we terminate the contract with the period of notice that it sets. If {{ amount }} reaches account {{ account }} by {{ pay_by }}, please regard this letter as void.

Contact: {{ seller_phone }}, {{ seller_email }}.$t$)) as t (code, language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
select v.id, timestamptz '2000-01-01 00:00+00', 'system:migration' from message_template_versions v where v.template_code in ('demand.pre_court', 'contract.termination');
reset search_path;
