-- Leads, offers and campaigns.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- terms of selling, dated
create table sales_terms (
  id bigint generated always as identity primary key,
  code text not null check (code in ('offer_validity_days', 'renewal_validity_days', 'history_days_least', 'name_similarity', 'margin_months')),
  value numeric(12, 4) not null check (value > 0), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(), check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into sales_terms (code, value, valid_from, source, recorded_by) values
  ('offer_validity_days', 14, '2000-01-01', 'sample value, not official', 'system:migration'),
  ('renewal_validity_days', 30, '2000-01-01', 'sample value, not official', 'system:migration'),
  ('history_days_least', 90, '2000-01-01', 'sample value, not official', 'system:migration'),
  ('name_similarity', 0.6, '2000-01-01', 'sample value, not official', 'system:migration'),
  ('margin_months', 12, '2000-01-01', 'sample value, not official', 'system:migration');

-- ---------------------------------------------------------------- campaigns
-- rule: {"all": [{"field": "...", "op": "...", "value": "..."}]}; fields and operators come from a fixed list of the application.
create table campaigns (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  code text not null unique check (code ~ '^[A-Z0-9-]{3,20}$'), name text not null check (name <> ''),
  audience text not null default 'customers' check (audience in ('customers', 'leads')),
  rule jsonb not null default '{"all": []}' check (jsonb_typeof(rule -> 'all') = 'array'),
  channel text not null check (channel in ('email', 'sms', 'phone')),
  subject text not null default '', script text not null default '', subject_b text not null default '', script_b text not null default '',
  share_b_pct smallint not null default 0 check (share_b_pct between 0 and 100),
  budget money_pln not null default 0 check (budget >= 0), owner_login text not null,
  starts_on date not null, ends_on date not null check (ends_on >= starts_on),
  status text not null default 'draft' check (status in ('draft', 'running', 'closed')),
  started_at timestamptz, created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  check (audience = 'customers' or channel = 'phone')
);
create table campaign_costs (
  id bigint generated always as identity primary key, campaign_id bigint not null references campaigns,
  booked_on date not null, amount money_pln not null check (amount <> 0), note text not null check (note <> ''),
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on campaign_costs (campaign_id);

-- ---------------------------------------------------------------- leads
create table leads (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind in ('household', 'business', 'public')), name text not null check (name <> ''), search_name text not null,
  nip text, phone text, email text, city text not null default '',
  medium text not null default 'electricity' check (medium in ('electricity', 'gas')),
  tariff_group text not null default '', dso_code text references dsos, annual_kwh energy_kwh check (annual_kwh > 0),
  source text not null check (source in ('web', 'phone', 'branch', 'agent', 'referral', 'fair', 'campaign', 'portal', 'other')),
  campaign_id bigint references campaigns, campaign_variant text check (campaign_variant in ('A', 'B')),
  owner_login text not null, stage text not null default 'new' check (stage in ('new', 'contacted', 'qualified', 'offered', 'won', 'lost')),
  stage_since date not null, lost_reason text not null default '',
  may_contact text[] not null default '{}' check (may_contact <@ array['email', 'sms', 'phone']), consent_source text not null default '',
  note text not null default '', customer_id bigint references customers,
  received_on date not null, created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  check ((stage = 'lost') = (lost_reason <> '')), check (stage <> 'won' or customer_id is not null),
  check ((campaign_variant is null) or campaign_id is not null)
);
create index leads_search_trgm on leads using gin (search_name public.gin_trgm_ops);
create index on leads (nip) where nip is not null;
create index on leads (phone) where phone is not null;
create index on leads (lower(email)) where email is not null;
create index on leads (stage, stage_since);
create index on leads (campaign_id) where campaign_id is not null;
create index on leads (customer_id) where customer_id is not null;
create table lead_stages (
  id bigint generated always as identity primary key, lead_id bigint not null references leads,
  stage_from text, stage_to text not null, entered_on date not null, reason text not null default '',
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on lead_stages (lead_id);

-- ---------------------------------------------------------------- members of a campaign: who was chosen on the day it started, never changed
create table campaign_members (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  campaign_id bigint not null references campaigns, customer_id bigint references customers, lead_id bigint references leads,
  variant text not null check (variant in ('A', 'B')), is_allowed boolean not null,
  refusal text not null default '' check (refusal in ('', 'no_consent', 'no_address')), chosen_on date not null,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(),
  unique (campaign_id, customer_id), unique (campaign_id, lead_id), check (num_nonnulls(customer_id, lead_id) = 1), check (is_allowed = (refusal = ''))
);
create index on campaign_members (customer_id) where customer_id is not null;
create table campaign_contacts (
  id bigint generated always as identity primary key, member_id bigint not null references campaign_members,
  contacted_on date not null, outcome text not null check (outcome in ('sent', 'not_reached', 'reached', 'interested', 'not_interested', 'do_not_contact')),
  note text not null default '', lead_id bigint references leads,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on campaign_contacts (member_id);
create unique index campaign_contacts_sent_once on campaign_contacts (member_id) where outcome = 'sent';

-- ---------------------------------------------------------------- mass renewal offers
create table renewal_batches (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  name text not null check (name <> ''), ends_from date not null, ends_to date not null check (ends_to > ends_from),
  medium text not null check (medium in ('electricity', 'gas')), segment text not null default '' check (segment in ('', 'household', 'business', 'public')),
  price_list_id bigint not null references price_lists, product_version_id bigint, promotions text[] not null default '{}',
  valid_until date not null, status text not null default 'made' check (status in ('made', 'sent')), sent_on date,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1
);

-- ---------------------------------------------------------------- offers
create table offers (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), number text not null unique,
  lead_id bigint references leads, customer_id bigint references customers, addressee text not null,
  campaign_id bigint references campaigns, campaign_variant text check (campaign_variant in ('A', 'B')),
  renewal_batch_id bigint references renewal_batches, renewed_contract_id bigint references contracts,
  medium text not null check (medium in ('electricity', 'gas')), segment text not null check (segment in ('household', 'business', 'public')),
  starts_on date not null, made_on date not null, valid_until date not null check (valid_until >= made_on), owner_login text not null,
  status text not null default 'draft' check (status in ('draft', 'ready', 'sent', 'accepted', 'rejected', 'expired', 'withdrawn')),
  approved_by text, approved_on date, sent_on date, decided_on date, decision_note text not null default '',
  paper_public_id uuid, message_id bigint references messages, accepted_variant_id bigint, draft_public_id uuid unique,
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  check (num_nonnulls(lead_id, customer_id) >= 1), check ((status = 'accepted') = (accepted_variant_id is not null)),
  check (status <> 'accepted' or draft_public_id is not null), unique (renewal_batch_id, renewed_contract_id)
);
create index on offers (status, valid_until);
create index on offers (customer_id) where customer_id is not null;
create index on offers (lead_id) where lead_id is not null;
create index on offers (campaign_id) where campaign_id is not null;
create table offer_points (
  id bigint generated always as identity primary key, offer_id bigint not null references offers, supply_point_id bigint references supply_points,
  dso_code text not null references dsos, tariff_group text not null, phases smallint not null check (phases in (1, 3)), contracted_power_kw numeric(12, 3),
  zone_kwh jsonb not null check (jsonb_typeof(zone_kwh) = 'object'), annual_kwh energy_kwh not null check (annual_kwh > 0),
  kwh_source text not null check (kwh_source in ('history', 'annual', 'entered')), unique (offer_id, supply_point_id)
);
create index on offer_points (supply_point_id);
-- A variant keeps the figures as they were counted for the offer: prices of later days do not change what the customer was shown.
create table offer_variants (
  id bigint generated always as identity primary key, offer_id bigint not null references offers, position smallint not null check (position between 1 and 3),
  price_list_id bigint not null references price_lists, product_version_id bigint, product_name text not null, period_months integer,
  promotions text[] not null default '{}',
  seller_net money_pln not null, network_net money_pln not null, vat money_pln not null, gross money_pln not null,
  margin_net money_pln not null, floor_margin_net money_pln not null, is_below_floor boolean not null, lines jsonb not null,
  counted_at timestamptz not null default now(), counted_by text not null default actor(), superseded_at timestamptz,
  check (gross = seller_net + network_net + vat)
);
create unique index offer_variants_current on offer_variants (offer_id, position) where superseded_at is null;
alter table offers add foreign key (accepted_variant_id) references offer_variants;
create table offer_events (
  id bigint generated always as identity primary key, offer_id bigint not null references offers, kind text not null, happened_on date not null,
  note text not null default '', recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on offer_events (offer_id, id);
create sequence offer_numbers;

-- ---------------------------------------------------------------- what the warehouse reads of selling: one meaning for screens and reports
-- A lead with the farthest stage it ever reached (1 new .. 5 won).
create view lead_progress as
  select l.id as lead_id, l.received_on, l.source, l.kind, l.medium, l.campaign_id, l.stage, l.lost_reason, l.customer_id,
         (select max(array_position(array['new', 'contacted', 'qualified', 'offered', 'won'], h.stage_to)) from lead_stages h where h.lead_id = l.id) as farthest
    from leads l;
-- An offer with its accepted variant (zloty a year) and the use it was counted on (kWh a year).
create view offer_outcomes as
  select o.id as offer_id, o.lead_id, o.customer_id, o.campaign_id, case when o.campaign_id is not null then coalesce(o.campaign_variant, 'A') end as campaign_side,
         o.renewal_batch_id, o.medium, o.segment, o.made_on, o.status, o.decided_on, o.draft_public_id,
         v.seller_net, v.margin_net, (select sum(p.annual_kwh) from offer_points p where p.offer_id = o.id) as annual_kwh
    from offers o left join offer_variants v on v.id = o.accepted_variant_id;
-- A side of a campaign: people and what came of the contacts; the cost is shared by people, the last side takes what rounding leaves.
create view campaign_sides as
  with people as (
    select m.campaign_id, m.variant, count(*) as members, count(*) filter (where m.is_allowed) as allowed,
           count(*) filter (where c.contacts > 0) as contacted, count(*) filter (where c.is_interested) as interested
      from campaign_members m
      left join lateral (select count(*) as contacts, bool_or(c.outcome = 'interested') as is_interested
                           from campaign_contacts c where c.member_id = m.id) c on true
     group by m.campaign_id, m.variant),
  costs as (select campaign_id, sum(amount) as cost from campaign_costs group by campaign_id),
  sides as (
    select k.id as campaign_id, s.side, coalesce(p.members, 0) as members, coalesce(p.allowed, 0) as allowed, coalesce(p.contacted, 0) as contacted,
           coalesce(p.interested, 0) as interested, coalesce(c.cost, 0) as cost, sum(coalesce(p.members, 0)) over (partition by k.id) as everybody,
           (select count(*) from leads l where l.campaign_id = k.id and coalesce(l.campaign_variant, 'A') = s.side) as leads
      from campaigns k cross join (values ('A'), ('B')) s(side)
      left join people p on p.campaign_id = k.id and p.variant = s.side
      left join costs c on c.campaign_id = k.id
     where s.side = 'A' or k.share_b_pct > 0)
  select campaign_id, side, members, allowed, contacted, interested, leads,
         case when side = 'A' then cost - coalesce(lead(share) over (partition by campaign_id order by side), 0) else share end as cost
    from (select *, case when side = 'B' and everybody > 0 then round(cost * members / everybody, 2) else 0 end as share from sides) shared;
grant select on lead_progress, offer_outcomes, campaign_sides to iris_app, iris_dbt;

-- ---------------------------------------------------------------- role, triggers, grants
alter table staff_users drop constraint staff_users_role_check,
  add constraint staff_users_role_check check (role in ('clerk', 'billing', 'finance', 'collections', 'sales', 'auditor', 'admin'));
do $$
declare t text;
begin
  foreach t in array array['campaign_costs', 'campaign_members', 'campaign_contacts', 'lead_stages', 'offer_points', 'offer_events'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['sales_terms', 'offer_variants'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['campaigns', 'leads', 'offers', 'renewal_batches'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['sales_terms', 'campaigns', 'campaign_costs', 'leads', 'lead_stages', 'campaign_members', 'campaign_contacts', 'renewal_batches',
                           'offers', 'offer_points', 'offer_variants', 'offer_events'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;
grant update on campaigns, leads, renewal_batches, offers to iris_app;
grant update (superseded_at) on sales_terms, offer_variants to iris_app;
grant usage on sequence offer_numbers to iris_app;
reset role;

-- Messages of the sales room; the messaging room renders them like every other template.
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('offer.sent', 'Oferta', 'Offer', '{"number": "text", "valid_until": "date", "summary": "text"}', 'email', false, false, 5, 200),
  ('offer.renewal', 'Oferta odnowienia umowy', 'Renewal offer', '{"number": "text", "contract_number": "text", "ends_on": "date", "valid_until": "date", "summary": "text"}', null, false, false, 5, 202),
  ('campaign.letter', 'Wiadomość kampanii', 'Campaign message', '{"headline": "text", "content": "text"}', 'email', false, false, 8, 204);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select t.code, t.channel, t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('offer.sent', 'standard', 'pl', $t$Oferta {{ number }} - {{ brand }}$t$, $t$Dzień dobry,

w załączniku jest oferta {{ number }}, ważna do {{ valid_until }}.

{{ summary }}

Odpowiemy na pytania: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('offer.sent', 'standard', 'en', $t$Offer {{ number }} - {{ brand }}$t$, $t$Good day,

attached is offer {{ number }}, valid until {{ valid_until }}.

{{ summary }}

Questions: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('offer.renewal', 'standard', 'pl', $t$Umowa {{ contract_number }} kończy się {{ ends_on }} - {{ brand }}$t$, $t$Dzień dobry,

umowa {{ contract_number }} kończy się {{ ends_on }}. W załączniku jest oferta {{ number }}, ważna do {{ valid_until }}.

{{ summary }}

Odpowiemy na pytania: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('offer.renewal', 'standard', 'en', $t$Contract {{ contract_number }} ends on {{ ends_on }} - {{ brand }}$t$, $t$Good day,

contract {{ contract_number }} ends on {{ ends_on }}. Attached is offer {{ number }}, valid until {{ valid_until }}.

{{ summary }}

Questions: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('campaign.letter', 'standard', 'pl', $t${{ headline }}$t$, $t${{ content }}

Zgodę na takie wiadomości można wycofać: {{ seller_email }}, {{ seller_phone }}.$t$),
  ('campaign.letter', 'standard', 'en', $t${{ headline }}$t$, $t${{ content }}

You can withdraw your consent to such messages: {{ seller_email }}, {{ seller_phone }}.$t$),
  ('campaign.letter', 'sms', 'pl', $t$$t$, $t${{ content }}$t$),
  ('campaign.letter', 'sms', 'en', $t$$t$, $t${{ content }}$t$)) as t (code, channel, language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
select v.id, timestamptz '2000-01-01 00:00+00', 'system:migration' from message_template_versions v
 where v.template_code in ('offer.sent', 'offer.renewal', 'campaign.letter');
reset search_path;
