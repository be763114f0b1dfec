-- Simulations: a month of the portfolio computed by the same models with other prices. Nothing issued is touched.
set role iris_owner;
set search_path = operational, public;

create table simulations (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  name text not null check (name <> '' and length(name) <= 120),
  billing_month date not null check (extract(day from billing_month) = 1),
  status text not null default 'waiting' check (status in ('waiting', 'running', 'done', 'failed')),
  asked_at timestamptz not null, asked_by text not null default actor(),
  started_at timestamptz, finished_at timestamptz, message text not null default '',
  computation_id text,                                   -- the proposals it stands beside
  row_version integer not null default 1,
  check (status <> 'done' or (finished_at is not null and computation_id is not null))
);
create index on simulations (status, asked_at);

-- What is supposed: another price (rate of VAT) for rows of facts, whenever these rows hold.
create table simulation_rates (
  simulation_id bigint not null references simulations,
  fact text not null check (fact in ('price_list_items', 'dso_rates', 'statutory_rates', 'vat_rates')),
  fact_id bigint not null, price_before numeric(18, 8) not null, price unit_price not null,
  primary key (simulation_id, fact, fact_id)
);

-- One billing scope of the month, as it is and as it would be. Seller: lines of sale; the rest belongs to others.
create table simulation_results (
  simulation_id bigint not null references simulations,
  scope_key text not null, contract_id bigint not null, supply_point_id bigint not null, customer_id bigint not null,
  price_list_id bigint not null, medium text not null, tariff_group text not null, energy_kwh numeric(18, 3) not null,
  net_before numeric(18, 2) not null, net_after numeric(18, 2) not null,
  seller_before numeric(18, 2) not null, seller_after numeric(18, 2) not null,
  gross_before numeric(18, 2) not null, gross_after numeric(18, 2) not null,
  purchase_cost numeric(18, 2),                          -- empty: no purchase cost is known for the month
  primary key (simulation_id, scope_key)
);
create index on simulation_results (simulation_id, customer_id);

do $$
declare t text;
begin
  foreach t in array array['simulation_rates', 'simulation_results'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
  end loop;
end $$;
create trigger audit_row after update or delete on simulations for each row execute function audit_row();
create trigger refuse_truncate before truncate on simulations for each statement execute function refuse_change();
grant select, insert, update on simulations to iris_app;
grant select on simulation_rates to iris_dbt;
reset role;
reset search_path;
