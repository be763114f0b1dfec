-- Amendments, assignments, terminations, renewals and indexations.
set role iris_owner;
set search_path = operational, public;

-- Consecutive numbers of papers of changes, e.g. AN/2026: taken when the change is made, not when it is drafted by a page.
create table change_series (code text primary key, last_number bigint not null default 0 check (last_number >= 0));

-- amendment_back_months: how far back a change may reach; months before are closed.
create table change_limits (
  id bigint generated always as identity primary key, code text not null check (code in ('amendment_back_months', 'debit_note_term_days')),
  value integer not null check (value >= 0), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- end of a fixed term (contract_conditions say how long a contract runs)
-- What happens after the last day of a fixed term when the contract itself does not say: how it goes on and on which price list.
-- The row that names more wins; offer_days before the end the contract stands on the board as one to offer something to.
create table continuation_rules (
  id bigint generated always as identity primary key, customer_kind text not null default '' check (customer_kind in ('', 'household', 'business', 'public')),
  product_id bigint references products, continuation text not null check (continuation in ('indefinite', 'prolong', 'end')),
  price_list_id bigint references price_lists, months smallint check (months between 1 and 120),
  offer_days smallint not null check (offer_days between 0 and 365),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check ((continuation = 'prolong') = (months is not null)),
  exclude using gist (customer_kind with =, coalesce(product_id, 0) with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- notice and early end
-- month_end: the last day of the month that is `months` after the month of the notice; days: so many days after it.
create table notice_rules (
  id bigint generated always as identity primary key, customer_kind text not null check (customer_kind in ('household', 'business', 'public')),
  term text not null check (term in ('fixed', 'indefinite')), given_by text not null check (given_by in ('customer', 'seller')),
  formula text not null check (formula in ('month_end', 'days')), months smallint not null default 0 check (months between 0 and 24),
  days smallint not null default 0 check (days between 0 and 365),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_kind with =, term with =, given_by with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
-- The most that may be asked for an early end: direct_loss = kWh left x loss on each, agreed = what the contract says.
create table penalty_limits (
  id bigint generated always as identity primary key, customer_kind text not null check (customer_kind in ('household', 'business', 'public')),
  medium text not null check (medium in ('electricity', 'gas')), measure text not null check (measure in ('direct_loss', 'agreed')),
  loss_pln_per_kwh unit_price check (loss_pln_per_kwh >= 0), indefinite_allowed boolean not null default false,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check ((measure = 'direct_loss') = (loss_pln_per_kwh is not null)),
  exclude using gist (customer_kind with =, medium with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- amendment (aneks)
-- changes: what is asked for; diff: [{subject, field, before, after}] as it stood when the paper was made.
create table amendments (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  contract_id bigint not null references contracts, customer_id bigint not null references customers,
  effective_on date not null, reason text not null default '', changes jsonb not null, diff jsonb not null,
  yearly_before money_pln, yearly_after money_pln, past_effect money_pln, past_documents integer not null default 0,
  state text not null default 'draft' check (state in ('draft', 'sent', 'applied', 'cancelled')),
  paper_id bigint, paper_public_id text not null default '', signed_on date, signature_channel text not null default '' check (signature_channel in ('', 'stationary', 'distance', 'off_premises')),
  applied_at timestamptz, applied_by text, created_at timestamptz not null default now(), created_by text not null default actor(),
  row_version integer not null default 1,
  check ((state = 'applied') = (applied_at is not null)), check (state <> 'applied' or signed_on is not null)
);
create index on amendments (contract_id);
create index on amendments (customer_id);

-- ---------------------------------------------------------------- assignment (cesja)
-- assigned_on is the first day of the taker. readings: {register_id: value at the end of the day before}.
create table assignments (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  contract_id bigint not null references contracts, from_customer_id bigint not null references customers,
  to_customer_id bigint not null references customers, assigned_on date not null, readings jsonb not null default '{}',
  reason text not null default '', state text not null default 'draft' check (state in ('draft', 'done', 'cancelled')),
  new_contract_id bigint references contracts, protocol_public_id text not null default '', notice_public_id text not null default '',
  signed_on date, done_at timestamptz, done_by text, created_at timestamptz not null default now(), created_by text not null default actor(),
  row_version integer not null default 1,
  check (from_customer_id <> to_customer_id), check ((state = 'done') = (new_contract_id is not null))
);
create index on assignments (contract_id);
create index on assignments (new_contract_id);
create table assignment_points (
  assignment_id bigint not null references assignments, supply_point_id bigint not null references supply_points,
  primary key (assignment_id, supply_point_id)
);

-- ---------------------------------------------------------------- termination
-- ends_on is the last day of supply. calculation: how the penalty came about, step by step.
create table terminations (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  contract_id bigint not null references contracts, customer_id bigint not null references customers,
  notice_on date not null, given_by text not null check (given_by in ('customer', 'seller', 'agreement')), reason text not null default '',
  rule_id bigint references notice_rules, earliest_end date not null, ends_on date not null, is_early boolean not null default false,
  penalty_amount money_pln not null default 0 check (penalty_amount >= 0), calculation jsonb not null default '{}',
  state text not null default 'draft' check (state in ('draft', 'confirmed', 'withdrawn')), paper_public_id text not null default '',
  confirmed_at timestamptz, confirmed_by text, created_at timestamptz not null default now(), created_by text not null default actor(),
  row_version integer not null default 1, check (ends_on >= notice_on or given_by = 'agreement'), check ((state = 'confirmed') = (confirmed_at is not null))
);
create index on terminations (customer_id);
create unique index one_termination on terminations (contract_id) where state <> 'withdrawn';

-- ---------------------------------------------------------------- end of a fixed term
create table renewals (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  contract_id bigint not null references contracts, fixed_until date not null,
  action text not null check (action in ('offer_sent', 'continued', 'ended')), offer_id bigint, note text not null default '',
  is_automatic boolean not null default false, acted_on date not null, created_by text not null default actor(), recorded_at timestamptz not null default now()
);
create index on renewals (contract_id, fixed_until);
create unique index renewed_once on renewals (contract_id, fixed_until) where action <> 'offer_sent';

-- ---------------------------------------------------------------- indexation of many contracts
create table indexations (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  name text not null check (name <> ''), rule text not null check (rule in ('percent', 'price_list')),
  percent numeric(8, 4) check (percent > -100 and percent <> 0 and percent <= 500), target_price_list_id bigint references price_lists,
  from_price_list_id bigint references price_lists, product_id bigint references products,
  customer_kind text not null default '' check (customer_kind in ('', 'household', 'business', 'public')),
  effective_on date not null, notice_days smallint not null check (notice_days between 0 and 365), known_on date not null,
  includes_fixed boolean not null default false, reason text not null default '',
  state text not null default 'prepared' check (state in ('prepared', 'applied', 'rejected')),
  contracts integer not null default 0, skipped integer not null default 0, yearly_effect money_pln not null default 0,
  decided_at timestamptz, decided_by text, created_at timestamptz not null default now(), created_by text not null default actor(),
  row_version integer not null default 1,
  check ((rule = 'percent') = (percent is not null)), check ((rule = 'price_list') = (target_price_list_id is not null)),
  check ((state = 'prepared') = (decided_by is null)), check (state <> 'applied' or decided_by <> created_by)
);
-- Who is in and who is not: fixed when the indexation is prepared, so what a second person approves is what is applied.
create table indexation_items (
  indexation_id bigint not null references indexations, contract_id bigint not null references contracts,
  skip_reason text not null default '', price_list_id bigint not null references price_lists, annual_kwh energy_kwh not null,
  average_before unit_price, average_after unit_price, yearly_effect money_pln not null default 0,
  primary key (indexation_id, contract_id)
);
create table indexation_price_lists (
  indexation_id bigint not null references indexations, from_price_list_id bigint not null references price_lists,
  to_price_list_id bigint not null references price_lists, primary key (indexation_id, from_price_list_id)
);

-- ---------------------------------------------------------------- debit notes and moved balances: notes of the ledger with lines of their own
insert into accounts (code, name_pl, name_en, kind, number) values
  ('penalty_income', 'Kary umowne', 'Contract penalties', 'income', '760-3'),
  ('customer_moves', 'Przeniesienia sald między klientami', 'Balances moved between customers', 'liability', '249-3');
create table balance_moves (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  from_customer_id bigint not null references customers, to_customer_id bigint not null references customers,
  amount money_pln not null check (amount > 0), assignment_id bigint references assignments, reason text not null check (reason <> ''),
  moved_on date not null, recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  check (from_customer_id <> to_customer_id)
);
alter table interest_notes drop constraint interest_notes_kind_check, drop constraint interest_notes_origin_check,
  add constraint interest_notes_kind_check check (kind in ('interest_note', 'compensation_note', 'debit_note', 'transfer_note')),
  add constraint interest_notes_origin_check check (origin in ('run', 'next_bill', 'payment', 'contract', 'move')),
  add column termination_id bigint references terminations, add column version_no integer check (version_no >= 1),
  add column move_id bigint references balance_moves, add column reason text not null default '',
  add constraint debit_note_of_termination check ((kind = 'debit_note') = (termination_id is not null and version_no is not null and origin = 'contract')),
  add constraint transfer_note_of_move check ((kind = 'transfer_note') = (move_id is not null and origin = 'move'));
create unique index debit_note_versions on interest_notes (termination_id, version_no) where termination_id is not null;
create unique index transfer_note_legs on interest_notes (move_id, customer_id) where move_id is not null;
alter table interest_note_lines drop constraint interest_note_lines_kind_check, alter column open_item_id drop not null,
  add constraint interest_note_lines_kind_check check (kind in ('interest', 'adjustment', 'compensation', 'penalty', 'moved')),
  add column words text not null default '', add constraint line_of_item check ((open_item_id is null) = (kind in ('penalty', 'moved')));

-- ---------------------------------------------------------------- triggers and grants
do $$
declare t text;
begin
  foreach t in array array['change_limits', 'continuation_rules', 'notice_rules', 'penalty_limits'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['renewals', 'assignment_points', 'indexation_items', 'indexation_price_lists', 'balance_moves'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['amendments', 'assignments', 'terminations', 'indexations', 'change_series'] loop
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update on %I to iris_app', t);
  end loop;
  foreach t in array array['amendments', 'assignments', 'terminations', 'indexations'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
  end loop;
  foreach t in array array['change_series', 'change_limits', 'continuation_rules', 'notice_rules', 'penalty_limits', 'amendments', 'assignments',
    'assignment_points', 'terminations', 'renewals', 'indexations', 'indexation_items', 'indexation_price_lists', 'balance_moves'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;

-- ---------------------------------------------------------------- values
select set_config('app.actor', 'system:migration', false);
insert into erp_account_map (account_code, erp_account, valid_from, source)
  select code, number, '2016-01-01', 'sample value, not official' from accounts where code in ('penalty_income', 'customer_moves');
insert into change_limits (code, value, valid_from, source) values
  ('amendment_back_months', 24, '2016-01-01', 'sample value, not official'), ('debit_note_term_days', 14, '2016-01-01', 'sample value, not official');
insert into notice_rules (customer_kind, term, given_by, formula, months, days, valid_from, source) values
  ('household', 'indefinite', 'customer', 'month_end', 1, 0, '2016-01-01', 'Energy Law art. 4j (rules.md 9.1): end of the month after the month of the notice'),
  ('household', 'fixed', 'customer', 'month_end', 1, 0, '2016-01-01', 'Energy Law art. 4j (rules.md 9.1); compensation only when stipulated'),
  ('business', 'indefinite', 'customer', 'month_end', 1, 0, '2016-01-01', 'sample value, not official'),
  ('business', 'fixed', 'customer', 'month_end', 1, 0, '2016-01-01', 'sample value, not official'),
  ('public', 'indefinite', 'customer', 'month_end', 1, 0, '2016-01-01', 'sample value, not official'),
  ('public', 'fixed', 'customer', 'month_end', 1, 0, '2016-01-01', 'sample value, not official'),
  ('household', 'indefinite', 'seller', 'month_end', 3, 0, '2016-01-01', 'sample value, not official'),
  ('household', 'fixed', 'seller', 'month_end', 3, 0, '2016-01-01', 'sample value, not official'),
  ('business', 'indefinite', 'seller', 'days', 0, 30, '2016-01-01', 'sample value, not official'),
  ('business', 'fixed', 'seller', 'days', 0, 30, '2016-01-01', 'sample value, not official'),
  ('public', 'indefinite', 'seller', 'days', 0, 30, '2016-01-01', 'sample value, not official'),
  ('public', 'fixed', 'seller', 'days', 0, 30, '2016-01-01', 'sample value, not official');
insert into penalty_limits (customer_kind, medium, measure, loss_pln_per_kwh, valid_from, source) values
  ('household', 'electricity', 'direct_loss', 0.08, '2016-01-01', 'rules.md 9.1: not above the direct economic loss; the loss of a kWh is a sample value, not official'),
  ('household', 'gas', 'direct_loss', 0.04, '2016-01-01', 'rules.md 9.1: not above the direct economic loss; the loss of a kWh is a sample value, not official'),
  ('business', 'electricity', 'agreed', null, '2016-01-01', 'as agreed; micro and small firms: mark them with a limit of their own'),
  ('business', 'gas', 'agreed', null, '2016-01-01', 'as agreed; micro and small firms: mark them with a limit of their own'),
  ('public', 'electricity', 'agreed', null, '2016-01-01', 'as agreed'), ('public', 'gas', 'agreed', null, '2016-01-01', 'as agreed');
insert into continuation_rules (customer_kind, continuation, months, offer_days, valid_from, source) values
  ('', 'indefinite', null, 60, '2016-01-01', 'sample value, not official: goes on for an indefinite time on the same price list'),
  ('public', 'end', null, 90, '2016-01-01', 'sample value, not official: a public contract ends with its tender');
-- Message templates have forced row-level security, so the administrator writes them.
reset role;
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('contract.debit_note', 'Nota obciążeniowa', 'Debit note', '{"number": "text", "amount": "money", "due_date": "date"}', null, true, false, 4, 210),
  ('contract.price_change', 'Zmiana cen', 'Change of prices', '{"contract_number": "text", "effective_on": "date", "product": "text"}', null, true, false, 4, 220),
  ('contract.ending', 'Zakończenie umowy', 'End of a contract', '{"contract_number": "text", "ends_on": "date"}', null, true, false, 4, 230),
  ('contract.continued', 'Kontynuacja umowy', 'Contract goes on', '{"contract_number": "text", "continues_on": "date", "product": "text"}', null, true, false, 5, 240);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select t.code, 'standard', t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('contract.debit_note', 'pl', $t$Nota obciążeniowa {{ number }}$t$, $t$Dzień dobry,

wystawiliśmy notę obciążeniową {{ number }}. Termin płatności: {{ due_date }}.

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł: {{ number }}

Wyliczenie jest w załączniku. W razie pytań: {{ seller_phone }}.$t$),
  ('contract.debit_note', 'en', $t$Debit note {{ number }}$t$, $t$Good day,

we issued debit note {{ number }}. Due date: {{ due_date }}.

Amount due: {{ amount }}
Account: {{ account }}
Title: {{ number }}

The calculation is attached. Questions: {{ seller_phone }}.$t$),
  ('contract.price_change', 'pl', $t$Zmiana cen w umowie {{ contract_number }}$t$, $t$Dzień dobry,

od {{ effective_on }} zmieniają się ceny w umowie {{ contract_number }} ({{ product }}). Nowe ceny są w załączniku.

Jeśli nie zgadzasz się na zmianę, możesz wypowiedzieć umowę bez kosztów. W razie pytań: {{ seller_phone }}.$t$),
  ('contract.price_change', 'en', $t$Prices of contract {{ contract_number }} change$t$, $t$Good day,

from {{ effective_on }} the prices of contract {{ contract_number }} ({{ product }}) change. The new prices are attached.

If you do not agree, you may terminate the contract at no cost. Questions: {{ seller_phone }}.$t$),
  ('contract.ending', 'pl', $t$Umowa {{ contract_number }} kończy się {{ ends_on }}$t$, $t$Dzień dobry,

potwierdzamy, że umowa {{ contract_number }} kończy się {{ ends_on }}. Po tym dniu wyślemy rozliczenie końcowe.

W razie pytań: {{ seller_phone }}.$t$),
  ('contract.ending', 'en', $t$Contract {{ contract_number }} ends on {{ ends_on }}$t$, $t$Good day,

we confirm that contract {{ contract_number }} ends on {{ ends_on }}. The final bill follows after that day.

Questions: {{ seller_phone }}.$t$),
  ('contract.continued', 'pl', $t$Umowa {{ contract_number }} trwa dalej$t$, $t$Dzień dobry,

czas oznaczony umowy {{ contract_number }} minął. Od {{ continues_on }} umowa trwa dalej w produkcie {{ product }}.

W razie pytań: {{ seller_phone }}.$t$),
  ('contract.continued', 'en', $t$Contract {{ contract_number }} goes on$t$, $t$Good day,

the fixed term of contract {{ contract_number }} is over. From {{ continues_on }} it goes on with the product {{ product }}.

Questions: {{ seller_phone }}.$t$)) as t (code, language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
  select id, '2016-01-01', 'system:migration' from message_template_versions where template_code in
    ('contract.debit_note', 'contract.price_change', 'contract.ending', 'contract.continued');
select set_config('app.actor', '', false);
reset search_path;
