-- Chart of accounts, refunds, write-offs, interest notes and instalment plans.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- chart of accounts and its map to the ERP
alter table accounts drop constraint accounts_kind_check,
  add constraint accounts_kind_check check (kind in ('asset', 'liability', 'income', 'expense')),
  add column number text not null default '', add column note text not null default '';
update accounts a set number = v.number from (values ('receivable', '201-1'), ('bank', '131-1'), ('suspense', '245-1'),
  ('sales', '701-1'), ('vat_output', '222-1'), ('bank_other', '249-1'), ('collect_clearing', '139-1'),
  ('card_clearing', '139-2'), ('cash_clearing', '101-1')) as v (code, number) where v.code = a.code;
insert into accounts (code, name_pl, name_en, kind, number) values
  ('interest_income', 'Odsetki za opóźnienie', 'Late-payment interest', 'income', '750-1'),
  ('compensation_income', 'Rekompensaty za koszty odzyskiwania należności', 'Recovery compensation', 'income', '760-1'),
  ('refunds_payable', 'Zwroty nadpłat w drodze', 'Refunds under way', 'liability', '249-2'),
  ('write_offs', 'Odpisane należności', 'Receivables written off', 'expense', '761-1'),
  ('small_differences', 'Drobne różnice w rozrachunkach', 'Small differences', 'expense', '761-2');

create table erp_account_map (
  id bigint generated always as identity primary key, account_code text not null references accounts,
  erp_account text not null check (erp_account <> ''), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (account_code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- policies and rates, dated
create table finance_policies (
  id bigint generated always as identity primary key, customer_kind text not null check (customer_kind in ('household', 'business', 'public')),
  rate_kind text not null check (rate_kind in ('statutory_delay', 'commercial', 'commercial_medical')),
  year_days smallint not null check (year_days in (365, 366)), smallest_note money_pln not null check (smallest_note >= 0),
  note_term_days smallint not null check (note_term_days between 1 and 90), has_compensation boolean not null,
  allocation_order text not null check (allocation_order in ('principal_first', 'interest_first')),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_kind with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
-- What one customer agreed otherwise; null means: as the policy of the kind says.
create table customer_finance_terms (
  id bigint generated always as identity primary key, customer_id bigint not null references customers,
  interest_mode text not null default 'note' check (interest_mode in ('note', 'next_bill', 'none')),
  rate_kind text check (rate_kind in ('statutory_delay', 'commercial', 'commercial_medical')),
  allocation_order text check (allocation_order in ('principal_first', 'interest_first')),
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (customer_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create table finance_limits (
  id bigint generated always as identity primary key,
  code text not null check (code in ('write_off_alone', 'small_difference', 'contract_interest_times', 'instalments_missed')),
  amount money_pln not null check (amount >= 0), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create table compensation_brackets (
  id bigint generated always as identity primary key, amount_from money_pln not null, amount_below money_pln, eur money_pln not null,
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (amount_below > amount_from),
  exclude using gist (numrange(amount_from, amount_below) with &&, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
create table nbp_eur_rates (
  id bigint generated always as identity primary key, day date not null, rate numeric(10, 4) not null check (rate > 0), source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  exclude using gist (day with =) where (superseded_at is null)
);

-- ---------------------------------------------------------------- interest and compensation notes
create table note_series (code text primary key, last_number bigint not null default 0 check (last_number >= 0));
create table interest_notes (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind in ('interest_note', 'compensation_note')), series text not null, sequence bigint not null,
  number text not null unique, customer_id bigint not null references customers, issue_date date not null, due_date date not null,
  through date not null, amount money_pln not null check (amount <> 0),
  origin text not null check (origin in ('run', 'next_bill', 'payment')), bill_id bigint references documents,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), unique (series, sequence),
  check ((origin = 'next_bill') = (bill_id is not null))
);
create index on interest_notes (customer_id, issue_date desc);
-- [period_from, period_to) are the days that bear interest. `adjustment` is what earlier notes said too much or too little.
create table interest_note_lines (
  note_id bigint not null references interest_notes, line_no integer not null, open_item_id bigint not null references open_items,
  kind text not null check (kind in ('interest', 'adjustment', 'compensation')), rate_kind text not null default '',
  period_from date not null, period_to date not null, principal money_pln not null, rate_pct numeric(6, 3),
  eur money_pln, eur_rate numeric(10, 4), amount money_pln not null, primary key (note_id, line_no), check (period_to > period_from),
  exclude using gist (open_item_id with =, daterange(period_from, period_to) with &&) where (kind = 'interest')
);
create index on interest_note_lines (open_item_id);
create unique index one_compensation on interest_note_lines (open_item_id) where kind = 'compensation';
-- Interest that is not asked for, up to and with the day `through`.
create table interest_waivers (
  id bigint generated always as identity primary key, open_item_id bigint not null references open_items, through date not null,
  amount money_pln not null check (amount > 0), reason text not null check (reason <> ''),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), unique (open_item_id, through)
);

-- ---------------------------------------------------------------- refunds and outgoing transfers, write-offs
create table refunds (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null references customers, amount money_pln not null check (amount > 0),
  account text not null check (account ~ '^\d{26}$'), recipient text not null check (recipient <> ''), title text not null check (title <> ''),
  status text not null default 'requested' check (status in ('requested', 'approved', 'exported', 'rejected')), reason text not null default '',
  requested_on date not null, requested_by text not null default actor(), decided_on date, decided_by text,
  recorded_at timestamptz not null default now(), row_version integer not null default 1,
  check ((status = 'requested') = (decided_by is null)), check (decided_by <> requested_by or status = 'rejected')
);
create index on refunds (customer_id);
create table transfer_batches (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  format text not null check (format in ('elixir_o', 'pain_001')), file_name text not null unique, execute_on date not null,
  payments integer not null check (payments > 0), total money_pln not null, content bytea not null, content_sha256 bytea not null unique,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
-- A refund leaves in one file, once.
create table transfer_batch_lines (refund_id bigint primary key references refunds, batch_id bigint not null references transfer_batches);

create table write_offs (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint not null references customers, kind text not null check (kind in ('write_off', 'small_difference', 'waived_note')),
  is_credit boolean not null default false, amount money_pln not null check (amount > 0), reason text not null check (reason <> ''),
  needs_second boolean not null, status text not null default 'requested' check (status in ('requested', 'booked', 'rejected')),
  requested_on date not null, requested_by text not null default actor(), decided_on date, decided_by text,
  recorded_at timestamptz not null default now(), row_version integer not null default 1,
  check ((status = 'requested') = (decided_by is null)),
  check (status <> 'booked' or not needs_second or decided_by <> requested_by)
);
create index on write_offs (customer_id);
create table write_off_items (
  write_off_id bigint not null references write_offs, open_item_id bigint not null references open_items,
  amount money_pln not null check (amount > 0), primary key (write_off_id, open_item_id)
);

alter table ledger_transfers add column note_id bigint references interest_notes, add column refund_id bigint references refunds,
  add column write_off_id bigint references write_offs;
alter table open_items add column note_id bigint unique references interest_notes, add column refund_id bigint unique references refunds,
  add column write_off_id bigint unique references write_offs, drop constraint open_items_check,
  add constraint open_items_one_origin check (num_nonnulls(document_id, payment_id, note_id, refund_id, write_off_id) = 1);
create index on ledger_transfers (note_id) where note_id is not null;
create index on ledger_transfers (refund_id) where refund_id is not null;
create index on ledger_transfers (write_off_id) where write_off_id is not null;
create index on ledger_transfers (business_date);

-- ---------------------------------------------------------------- export of the journal
create table journal_batches (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  period date not null check (extract(day from period) = 1), batch_no integer not null check (batch_no > 0), movements integer not null,
  total money_pln not null, accounts jsonb not null, csv_sha256 bytea, json_sha256 bytea,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), unique (period, batch_no)
);
create table journal_batch_rows (transfer_id bigint primary key references ledger_transfers, batch_id bigint not null references journal_batches);
create index on journal_batch_rows (batch_id);

-- ---------------------------------------------------------------- instalments and deferrals: agreements never change, events end them
create table instalment_agreements (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  customer_id bigint not null references customers, kind text not null check (kind in ('instalments', 'deferral')),
  agreed_on date not null, interest_rule text not null check (interest_rule in ('none', 'statutory', 'contract')),
  contract_rate_pct numeric(6, 3), missed_allowed smallint not null check (missed_allowed between 1 and 12), amount money_pln not null check (amount > 0),
  reason text not null default '', recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  check ((interest_rule = 'contract') = (contract_rate_pct is not null))
);
create index on instalment_agreements (customer_id);
create table instalment_items (
  agreement_id bigint not null references instalment_agreements, open_item_id bigint not null references open_items,
  amount money_pln not null check (amount > 0), primary key (agreement_id, open_item_id)
);
create index on instalment_items (open_item_id);
create table instalments (
  agreement_id bigint not null references instalment_agreements, instalment_no integer not null check (instalment_no > 0),
  due_date date not null, amount money_pln not null check (amount > 0), primary key (agreement_id, instalment_no)
);
create table instalment_events (
  id bigint generated always as identity primary key, agreement_id bigint not null unique references instalment_agreements,
  kind text not null check (kind in ('breached', 'completed', 'cancelled')), happened_on date not null, reason text not null default '',
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);

-- ---------------------------------------------------------------- triggers
do $$
declare t text;
begin
  foreach t in array array['erp_account_map', 'finance_policies', 'customer_finance_terms', 'finance_limits', 'compensation_brackets', 'nbp_eur_rates'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['interest_notes', 'interest_note_lines', 'interest_waivers', 'transfer_batches', 'transfer_batch_lines', 'write_off_items',
    'journal_batches', 'journal_batch_rows', 'instalment_agreements', 'instalment_items', 'instalments', 'instalment_events'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['refunds', 'write_offs', 'note_series'] loop
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update on %I to iris_app', t);
  end loop;
  foreach t in array array['refunds', 'write_offs'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
  end loop;
  foreach t in array array['erp_account_map', 'finance_policies', 'customer_finance_terms', 'finance_limits', 'compensation_brackets', 'nbp_eur_rates',
    'note_series', 'interest_notes', 'interest_note_lines', 'interest_waivers', 'refunds', 'transfer_batches', 'transfer_batch_lines', 'write_offs',
    'write_off_items', 'journal_batches', 'journal_batch_rows', 'instalment_agreements', 'instalment_items', 'instalments', 'instalment_events'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;

-- ---------------------------------------------------------------- the customer's own notes and plans in the portal
do $$
declare t text; rule text;
begin
  foreach t in array array['interest_notes', 'interest_note_lines', 'instalment_agreements', 'instalment_items', 'instalments', 'instalment_events'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    rule := case
      when t in ('interest_notes', 'instalment_agreements') then 'customer_id = (select sec.customer_of_token())'
      when t = 'interest_note_lines' then 'note_id in (select n.id from operational.interest_notes n)'
      else 'agreement_id in (select a.id from operational.instalment_agreements a)'
    end;
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, rule);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
end $$;

-- A plan with its state: active, breached, completed or cancelled. It reads with the rights of whoever asks.
create view instalment_plans with (security_invoker) as
  select a.id, a.public_id, a.number, a.customer_id, a.kind, a.agreed_on, a.interest_rule, a.contract_rate_pct, a.missed_allowed, a.amount,
    coalesce(e.kind, 'active') as status, e.happened_on as ended_on, coalesce(e.reason, '') as end_reason, a.reason, a.recorded_by
  from instalment_agreements a left join instalment_events e on e.agreement_id = a.id;
grant select on instalment_plans to iris_app, iris_dbt, iris_ebok;

-- ---------------------------------------------------------------- values
select set_config('app.actor', 'system:migration', false);
insert into erp_account_map (account_code, erp_account, valid_from, source)
  select code, number, '2016-01-01', 'sample value, not official' from accounts where number <> '';
insert into finance_policies (customer_kind, rate_kind, year_days, smallest_note, note_term_days, has_compensation, allocation_order, valid_from, source)
values ('household', 'statutory_delay', 365, 5, 14, false, 'principal_first', '2016-01-01', 'KC art. 481; threshold and term: sample value, not official'),
  ('business', 'commercial', 365, 5, 14, true, 'principal_first', '2016-01-01', 'Act of 8 March 2013 art. 7, 10; threshold and term: sample value, not official'),
  ('public', 'commercial', 365, 5, 14, true, 'principal_first', '2016-01-01', 'Act of 8 March 2013 art. 8, 10; threshold and term: sample value, not official');
insert into finance_limits (code, amount, valid_from, source) values
  ('write_off_alone', 50, '2016-01-01', 'sample value, not official'), ('small_difference', 1, '2016-01-01', 'sample value, not official'),
  ('contract_interest_times', 2, '2016-01-01', 'KC art. 481 par. 2(1): at most twice the statutory interest for delay'),
  ('instalments_missed', 2, '2016-01-01', 'sample value, not official');
insert into compensation_brackets (amount_from, amount_below, eur, valid_from, source) values
  (0, 5000.01, 40, '2020-01-01', 'Act of 8 March 2013 art. 10 par. 1 point 1'), (5000.01, 50000, 70, '2020-01-01', 'Act of 8 March 2013 art. 10 par. 1 point 2'),
  (50000, null, 100, '2020-01-01', 'Act of 8 March 2013 art. 10 par. 1 point 3');
-- One rate for the last working day of each month that the demonstration needs.
insert into nbp_eur_rates (day, rate, source)
  select v.day::date, v.rate, 'sample value, not official' from (values
    ('2025-05-30', 4.2545), ('2025-06-30', 4.2419), ('2025-07-31', 4.2661), ('2025-08-29', 4.2656), ('2025-09-30', 4.2692),
    ('2025-10-31', 4.2515), ('2025-11-28', 4.2350), ('2025-12-31', 4.2267), ('2026-01-30', 4.2100), ('2026-02-27', 4.2200),
    ('2026-03-31', 4.2500), ('2026-04-30', 4.2400), ('2026-05-29', 4.2450), ('2026-06-30', 4.2500)) as v (day, rate);
select set_config('app.actor', '', false);
reset role;
reset search_path;
