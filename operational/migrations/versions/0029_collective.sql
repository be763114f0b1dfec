-- Collective corrections; months closed in the ledger.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- collective corrections (VAT Act art. 106j(3))
-- When corrections of one customer become one document without a person's choice: from so many corrected invoices in a run on.
create table collective_rules (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_kind text not null default 'any' check (customer_kind in ('any', 'household', 'business', 'public')),
  min_invoices integer not null check (min_invoices >= 2), valid_from date not null, valid_to date check (valid_to > valid_from),
  source text not null, recorded_at timestamptz not null default now(), recorded_by text not null default actor(), superseded_at timestamptz
);
create unique index collective_rules_valid on collective_rules (customer_kind, valid_from) where superseded_at is null;

-- rule: the dated rule decides; single, collective: a person decided for this run.
alter table billing_runs
  add column correction_form text not null default 'rule' check (correction_form in ('rule', 'single', 'collective')),
  add column correction_reason text not null default '' check (length(correction_reason) <= 300);

-- One legal document over several corrections. Each of them stays a document of its own invoice's chain (lines, VAT, ledger, open item)
-- and is a part of this one; its series is the number of this one.
create table collective_corrections (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  series text not null references number_series, sequence bigint not null check (sequence >= 1), number text not null unique,
  customer_id bigint not null references customers, run_id bigint not null references billing_runs,
  issue_date date not null, due_date date not null, reason_code text not null, reason text not null, parts integer not null check (parts >= 2),
  net_amount money_pln not null, vat_amount money_pln not null, gross_amount money_pln not null check (gross_amount = net_amount + vat_amount),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), unique (series, sequence)
);
create index on collective_corrections (customer_id, issue_date desc);
create index on collective_corrections (run_id);
alter table documents add column collective_id bigint references collective_corrections;
create index documents_of_collective on documents (collective_id) where collective_id is not null;

-- ---------------------------------------------------------------- months of the ledger
-- The last word about a month counts; nothing is ever taken back from the list.
create table accounting_month_changes (
  id bigint generated always as identity primary key, month date not null check (extract(day from month) = 1),
  action text not null check (action in ('closed', 'reopened')), reason text not null check (length(reason) between 3 and 500),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on accounting_month_changes (month, id desc);
create view closed_months as
  select month, recorded_at, recorded_by, reason
    from (select distinct on (month) * from accounting_month_changes order by month, id desc) newest
   where action = 'closed';

-- The month that a movement belongs to, when it is closed and the movement had to go to a later one.
alter table ledger_transfers add column refers_to_month date check (extract(day from refers_to_month) = 1);

-- Where a movement of a day is posted: on the day, or on the first day of the first open month after it.
create function posting_day(day date) returns date language sql stable as $$
  select case when not exists (select from operational.closed_months c where c.month = date_trunc('month', posting_day.day)::date)
              then posting_day.day
         else (select m.month::date
                 from generate_series(date_trunc('month', posting_day.day::timestamp) + interval '1 month',
                                      (select max(c.month) from operational.closed_months c) + interval '1 month', interval '1 month') as m (month)
                where not exists (select from operational.closed_months c where c.month = m.month::date)
                order by m.month limit 1) end
$$;

create function refuse_closed_month() returns trigger language plpgsql as $$
declare found date;
begin
  select c.month into found from operational.closed_months c
   where exists (select from new_rows n where date_trunc('month', n.business_date)::date = c.month) order by c.month limit 1;
  if found is not null then
    raise exception 'accounting_month_closed|The month % is closed in the ledger, so nothing can be posted into it. Post it in the first open month, or have finance reopen the month.',
      to_char(found, 'YYYY-MM') using errcode = 'IR001';
  end if;
  return null;
end $$;
create trigger refuse_closed_month after insert on ledger_transfers referencing new table as new_rows
  for each statement execute function refuse_closed_month();

-- ---------------------------------------------------------------- rights
create trigger close_version_only before update on collective_rules for each row execute function close_version_only();
create trigger refuse_delete before delete on collective_rules for each statement execute function refuse_change();
create trigger refuse_truncate before truncate on collective_rules for each statement execute function refuse_change();
create trigger audit_row after update or delete on collective_rules for each row execute function audit_row();
do $$
declare t text;
begin
  foreach t in array array['collective_corrections', 'accounting_month_changes'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
end $$;
grant select, insert on collective_rules, collective_corrections, accounting_month_changes to iris_app;
grant update (superseded_at) on collective_rules to iris_app;
grant select on closed_months to iris_app, iris_dbt;
grant select on collective_rules, collective_corrections, accounting_month_changes to iris_dbt;
alter table collective_corrections enable row level security;
alter table collective_corrections force row level security;
create policy staff on collective_corrections to iris_app using (true) with check (true);
create policy warehouse on collective_corrections for select to iris_dbt using (true);
create policy portal on collective_corrections for select to iris_ebok using (customer_id = (select sec.customer_of_token()));
grant select on collective_corrections to iris_ebok;
reset role;
