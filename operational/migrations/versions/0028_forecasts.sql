-- Forecast invoices with instalments and their settlement.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- how a contract is billed by forecast, dated
-- A forecast document covers block_months and lists one instalment per instalment_months; what was really used is settled at the end
-- of the billing cycle (contract_terms.cycle_months). Method: use of the same days a year ago, the declared yearly use, or agreed kWh.
create table forecast_terms (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts,
  method text not null check (method in ('last_year', 'declared', 'agreed')), annual_kwh energy_kwh check (annual_kwh > 0),
  block_months smallint not null check (block_months in (1, 2, 3, 4, 6, 12)),
  instalment_months smallint not null check (instalment_months in (1, 2, 3, 4, 6, 12)),
  due_days smallint not null default 14 check (due_days between 0 and 60),
  price_change text not null default 'at_settlement' check (price_change in ('at_settlement', 'correct_later')),
  valid_from date not null, valid_to date,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (block_months % instalment_months = 0), check ((method = 'agreed') = (annual_kwh is not null)),
  exclude using gist (contract_id with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- What is expected to be used in one billing cycle of a point; `basis` says where it comes from. A version never changes.
create table forecast_plans (
  id bigint generated always as identity primary key, contract_id bigint not null references contracts,
  supply_point_id bigint not null references supply_points, terms_id bigint not null references forecast_terms,
  method text not null check (method in ('last_year', 'declared', 'agreed')), basis jsonb not null,
  period_from date not null, period_to date not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (period_to > period_from)
);
create unique index on forecast_plans (contract_id, supply_point_id, period_from) where superseded_at is null;
create table forecast_plan_items (
  plan_id bigint not null references forecast_plans, zone_code text not null, period_from date not null, period_to date not null,
  block_from date not null, energy_kwh energy_kwh not null check (energy_kwh >= 0),
  primary key (plan_id, period_from, zone_code), check (period_to > period_from), check (block_from <= period_from)
);

-- Dated numbers of the forecast.
create table forecast_parameters (
  code text not null, value numeric(18, 6) not null, valid_from date not null default '2000-01-01', valid_to date,
  source text not null, primary key (code, valid_from)
);
insert into forecast_parameters (code, value, source) values
  ('history_days_least', 300, 'rules.md 5.5 no. 3: at least 300 days of history');

-- ---------------------------------------------------------------- what was issued
alter table billing_scopes add column is_forecast boolean not null default false,
  drop constraint billing_scopes_contract_id_supply_point_id_cycle_start_key,
  add constraint billing_scopes_contract_point_kind_cycle_key unique (contract_id, supply_point_id, is_forecast, cycle_start);
alter table documents add column is_forecast boolean not null default false;
-- A forecast has one open item per instalment, numbered from 1; every other document has one, numbered 0.
alter table open_items add column instalment_no smallint not null default 0 check (instalment_no >= 0),
  drop constraint open_items_document_id_key,
  add constraint open_items_document_instalment_key unique (document_id, instalment_no);

-- Amounts of each instalment by VAT rate; a correction adds rows with the difference, so the sum by scope is what stands now.
create table forecast_instalments (
  document_id bigint not null references documents, instalment_no smallint not null check (instalment_no >= 1),
  scope_id bigint not null references billing_scopes, vat_rate numeric(5, 4) not null,
  period_from date not null, period_to date not null, due_date date not null, energy_kwh energy_kwh not null,
  net_amount money_pln not null, vat_amount money_pln not null,
  gross_amount money_pln not null check (gross_amount = net_amount + vat_amount),
  primary key (document_id, instalment_no, vat_rate)
);
create index on forecast_instalments (scope_id);
create index on forecast_plan_items (plan_id);

-- VAT is due with the issue of the forecast (VAT Act art. 19a ust. 5 pkt 4); income is earned with the settlement.
insert into accounts (code, name_pl, name_en, kind, number) values
  ('forecast_income', 'Rozliczenia międzyokresowe: prognozy', 'Deferred income of forecasts', 'liability', '845-1');
select set_config('app.actor', 'system:migration', false);
insert into erp_account_map (account_code, erp_account, valid_from, source)
  values ('forecast_income', '845-1', '2016-01-01', 'sample value, not official');
select set_config('app.actor', '', false);

do $$
declare t text;
begin
  foreach t in array array['forecast_terms', 'forecast_plans'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['forecast_plan_items', 'forecast_instalments'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  create trigger audit_row after update or delete on forecast_parameters for each row execute function audit_row();
  foreach t in array array['forecast_terms', 'forecast_plans', 'forecast_plan_items', 'forecast_instalments'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, case t
      when 'forecast_plan_items' then 'plan_id in (select p.id from operational.forecast_plans p)'
      when 'forecast_instalments' then 'document_id in (select d.id from operational.documents d)'
      else 'contract_id in (select c.id from operational.contracts c)' end);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
  grant select, insert, update on forecast_parameters to iris_app;
  grant select on forecast_parameters to iris_dbt;
end $$;
reset role;
reset search_path;
