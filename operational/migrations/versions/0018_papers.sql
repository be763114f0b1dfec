-- Editable document templates, papers made of them or received, saved views of lists.
set role iris_owner;
set search_path = operational, public;

-- A kind of paper; `variables` says which names its text may use: {"points[].code": "point", "offer.note": "text?"}.
create table paper_templates (
  code text primary key check (code ~ '^[a-z][a-z_]{1,59}$'), name_pl text not null, name_en text not null,
  subject_kind text not null check (subject_kind ~ '^[a-z_]+$'),
  variables jsonb not null check (jsonb_typeof(variables) = 'object'), sort_order integer not null
);
create table paper_template_versions (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  template_code text not null references paper_templates, language text not null check (language in ('pl', 'en')),
  version_no integer not null check (version_no > 0), title text not null check (title <> ''), body text not null check (body <> ''),
  note text not null default '', is_delivered boolean not null default false,
  created_at timestamptz not null default now(), created_by text not null default actor(),
  unique (template_code, language, version_no)
);
create table paper_template_activations (
  id bigint generated always as identity primary key, version_id bigint not null references paper_template_versions,
  activated_at timestamptz not null default now(), activated_by text not null default actor()
);
create index on paper_template_activations (version_id);

-- The text in force: the language asked for, else Polish.
create function active_paper_version(wanted_code text, wanted_language text) returns bigint language sql stable as $$
  select v.id from operational.paper_template_versions v
    join operational.paper_template_activations a on a.version_id = v.id
   where v.template_code = wanted_code and v.language in (wanted_language, 'pl')
   order by (v.language = wanted_language) desc, a.id desc limit 1 $$;

-- What was made for or received from a customer, for ever. `pdf` is what is shown; of a picture it is the picture on a page,
-- and `original` keeps the file as it came.
create table papers (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind ~ '^[a-z][a-z_]{1,59}$'), direction text not null check (direction in ('outgoing', 'incoming')),
  customer_id bigint references customers, subject_kind text not null check (subject_kind ~ '^[a-z_]+$'), subject_id bigint not null,
  template_version_id bigint references paper_template_versions, language text not null default 'pl' check (language in ('pl', 'en')),
  title text not null check (title <> ''), paper_date date not null,
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'), pdf bytea not null,
  original bytea, original_type text check (original_type in ('image/png', 'image/jpeg')), original_sha256 text check (original_sha256 ~ '^[0-9a-f]{64}$'),
  file_name text not null default '', note text not null default '',
  created_at timestamptz not null default now(), created_by text not null default actor(),
  check ((direction = 'outgoing') = (template_version_id is not null)),
  check (num_nulls(original, original_type, original_sha256) in (0, 3)), check (content_sha256 = encode(sha256(pdf), 'hex'))
);
create index on papers (customer_id, created_at desc);
create index on papers (subject_kind, subject_id);

-- Filters of a list under a name: a person's own, or shared with everybody who may open the list.
create table saved_views (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  page text not null check (page ~ '^[a-z_]+\.[a-z_]+$'), name text not null check (name <> '' and length(name) <= 80),
  query text not null check (length(query) <= 2000), owner_login text not null, is_team boolean not null default false,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);
create unique index saved_views_own_names on saved_views (page, owner_login, lower(name)) where not is_team;
create unique index saved_views_team_names on saved_views (page, lower(name)) where is_team;
create table saved_view_defaults (
  page text not null, login text not null, view_id bigint not null references saved_views on delete cascade, primary key (page, login)
);

do $$
declare t text;
begin
  foreach t in array array['paper_template_versions', 'paper_template_activations', 'papers'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['paper_templates', 'saved_views'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
end $$;

-- What was made for a customer may be opened by that customer; what was received stays in the office.
alter table papers enable row level security;
alter table papers force row level security;
create policy staff on papers to iris_app using (true) with check (true);
create policy warehouse on papers for select to iris_dbt using (true);
create policy portal on papers for select to iris_ebok
  using (direction = 'outgoing' and customer_id = (select sec.customer_of_token()));

grant select, insert on paper_templates, paper_template_versions, paper_template_activations, papers, saved_views, saved_view_defaults to iris_app;
grant update on paper_templates, saved_views, saved_view_defaults to iris_app;
grant delete on saved_views, saved_view_defaults to iris_app;
grant select (id, public_id, kind, direction, customer_id, subject_kind, subject_id, template_version_id, language, title, paper_date, content_sha256, pdf)
  on papers to iris_ebok;
-- What stands on papers stays out of the warehouse.
grant select on paper_templates, paper_template_versions, paper_template_activations to iris_dbt;
grant select (id, public_id, kind, direction, customer_id, subject_kind, subject_id, template_version_id, language, paper_date, content_sha256, created_at)
  on papers to iris_dbt;
reset role;
reset search_path;
