-- Products and price lists in depth: versions, approval, sale rules, promotions, floors and purchase costs.
-- A version is what may be sold: its price list, period, guarantee, rules. Prices themselves stay in price_list_items
-- (bitemporal). Approved by a second person it is never changed, only ended or withdrawn; a new price is a new version.
set role iris_owner;
set search_path = operational, public;

alter table products add column kind text not null default 'fix'
  check (kind in ('fix', 'indexed', 'dynamic', 'green', 'gas', 'service', 'bundle'));
update products set kind = 'gas' where medium = 'gas';

create table product_versions (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  product_id bigint not null references products, number integer not null check (number > 0),
  -- Lines of one product that are sold side by side ('' the only one); versions of one line follow each other.
  variant text not null default '' check (length(variant) <= 40),
  status text not null default 'draft' check (status in ('draft', 'waiting', 'approved', 'withdrawn')),
  origin text not null default 'editor' check (origin in ('editor', 'import')),
  price_list_id bigint unique references price_lists,             -- none: services and add-ons
  valid_from date not null, valid_to date,                        -- when it may be signed
  period_months smallint check (period_months between 1 and 120), -- empty: until further notice
  guarantee_months smallint not null default 0 check (guarantee_months between 0 and 120),
  floor_pln_per_mwh numeric(12, 4),                               -- least margin; empty: the floor of the medium
  below_floor_reason text not null default '',                    -- asked for by the author, granted by the approver
  note text not null default '', return_reason text not null default '',
  submitted_at timestamptz, submitted_by text, approved_at timestamptz, approved_by text,
  withdrawn_at timestamptz, withdrawn_by text,
  created_at timestamptz not null default now(), created_by text not null default actor(),
  changed_by text not null default actor(), row_version integer not null default 1,
  unique (product_id, number), check (valid_to > valid_from),
  check (status not in ('waiting', 'approved') or submitted_by is not null),
  check (status <> 'approved' or approved_by is not null),
  -- Four eyes: neither who wrote it last nor who handed it in approves it.
  check (origin = 'import' or approved_by is null or (approved_by <> submitted_by and approved_by <> changed_by)),
  constraint product_versions_no_overlap
    exclude using gist (product_id with =, variant with =, daterange(valid_from, valid_to) with &&) where (status = 'approved')
);
create index on product_versions (status, valid_from);

-- What a version brings besides its prices: services of a bundle, add-ons, standing discounts. They become
-- contract_components at signing and mean the same there.
create table product_components (
  id bigint generated always as identity primary key, product_version_id bigint not null references product_versions,
  kind text not null check (kind in ('service_month', 'service_once', 'discount_month', 'discount_kwh', 'discount_percent')),
  code text not null check (code ~ '^[a-z0-9_-]{1,40}$'), name_pl text not null, name_en text not null,
  value unit_price not null check (value > 0 and (kind <> 'discount_percent' or value <= 1)),
  months smallint check (months between 1 and 120),               -- empty: as long as the contract
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor()
);
create unique index product_components_current on product_components (product_version_id, code) where superseded_at is null;

-- Who may buy a version; several rules of a version: one must hold. '' of segment or channel and no group: every one.
create table sale_rules (
  id bigint generated always as identity primary key, product_version_id bigint not null references product_versions,
  segment text not null default '' check (segment in ('', 'household', 'business', 'public')),
  channel text not null default '' check (channel in ('', 'office', 'phone', 'web', 'field', 'partner')),
  tariff_groups text[] not null default '{}',
  annual_kwh_from numeric(18, 3) not null default 0 check (annual_kwh_from >= 0), annual_kwh_to numeric(18, 3),
  valid_from date not null, valid_to date, stock integer check (stock >= 0),   -- stock: contracts that may be signed
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (annual_kwh_to > annual_kwh_from)
);
create index on sale_rules (product_version_id) where superseded_at is null;

-- What the customer pays for leaving a fixed-term contract early. vat: 'outside' (a note) or 'standard' (an invoice).
create table early_termination_rules (
  id bigint generated always as identity primary key, product_version_id bigint not null references product_versions,
  formula text not null check (formula in ('none', 'fixed', 'per_month_left', 'per_mwh_left', 'percent_of_energy_left')),
  amount numeric(18, 4) not null default 0 check (amount >= 0),   -- PLN, PLN a month, PLN per MWh, or a share (0.20 = 20 %)
  most_pln money_pln check (most_pln >= 0), free_months smallint not null default 0 check (free_months >= 0),
  vat text not null default 'outside' check (vat in ('outside', 'standard')),
  legal_basis text not null default '',
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (formula <> 'percent_of_energy_left' or amount <= 1)
);
create unique index early_termination_rules_current on early_termination_rules (product_version_id) where superseded_at is null;

-- Discounts and services given at signing under a condition; approved by a second person like a version.
create table promotions (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  code text not null check (code ~ '^[A-Z0-9-]{2,30}$'), number integer not null default 1 check (number > 0),
  status text not null default 'waiting' check (status in ('waiting', 'approved', 'withdrawn')),
  product_id bigint references products, medium text not null check (medium in ('electricity', 'gas')),
  kind text not null check (kind in ('service_month', 'service_once', 'discount_month', 'discount_kwh', 'discount_percent')),
  name_pl text not null, name_en text not null,
  value unit_price not null check (value > 0 and (kind <> 'discount_percent' or value <= 1)),
  months smallint check (months between 1 and 120),
  needs_code boolean not null default true,                       -- otherwise given to everybody who fulfils the condition
  segment text not null default '' check (segment in ('', 'household', 'business', 'public')),
  channel text not null default '' check (channel in ('', 'office', 'phone', 'web', 'field', 'partner')),
  period_months_from smallint not null default 0 check (period_months_from >= 0),
  annual_kwh_from numeric(18, 3) not null default 0 check (annual_kwh_from >= 0),
  valid_from date not null, valid_to date,
  approved_at timestamptz, approved_by text, withdrawn_at timestamptz, withdrawn_by text,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  unique (code, number), check (valid_to > valid_from),
  check (status <> 'approved' or approved_by is not null), check (approved_by <> created_by),
  constraint promotions_no_overlap
    exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (status <> 'withdrawn')
);

-- What the energy costs us, zloty per MWh, by month of delivery. component: energy (the index itself), profile, balancing,
-- certificates. profile_code: beginning of the tariff group, '' every one; the longest wins.
create table purchase_costs (
  id bigint generated always as identity primary key,
  medium text not null check (medium in ('electricity', 'gas')),
  component text not null check (component in ('energy', 'profile', 'balancing', 'certificates')),
  index_code text not null default '', profile_code text not null default '',
  price_pln_per_mwh numeric(12, 4) not null check (price_pln_per_mwh between -100000 and 100000),
  valid_from date not null check (extract(day from valid_from) = 1), valid_to date check (extract(day from valid_to) = 1),
  source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (medium with =, component with =, index_code with =, profile_code with =,
                      daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- The least margin of a seller without a floor of the version's own.
create table price_floors (
  id bigint generated always as identity primary key,
  medium text not null check (medium in ('electricity', 'gas')), customer_class text not null check (customer_class in ('household', 'business')),
  floor_pln_per_mwh numeric(12, 4) not null, valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (medium with =, customer_class with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

create index contract_terms_of_price_list on contract_terms (price_list_id) where superseded_at is null;

do $$
declare t text;
begin
  foreach t in array array['product_components', 'sale_rules', 'early_termination_rules', 'purchase_costs', 'price_floors'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  foreach t in array array['product_versions', 'promotions'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert, update on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;

-- Price lists that are in use already were approved when they came in.
select set_config('app.actor', 'system:migration', true);
insert into product_versions (product_id, number, variant, status, origin, price_list_id, valid_from,
                              submitted_at, submitted_by, approved_at, approved_by, created_at, created_by, changed_by)
select l.product_id, row_number() over (partition by l.product_id order by l.id), left(l.code, 40), 'approved', 'import', l.id,
       coalesce((select min(i.valid_from) from price_list_items i where i.price_list_id = l.id and i.superseded_at is null), l.created_at::date),
       l.created_at, l.created_by, l.created_at, 'system:import', l.created_at, l.created_by, l.created_by
  from price_lists l;
insert into sale_rules (product_version_id, valid_from, recorded_at, recorded_by)
select v.id, v.valid_from, v.created_at, v.created_by from product_versions v;
reset role;
