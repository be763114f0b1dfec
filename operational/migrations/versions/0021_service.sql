-- Activities, tasks, complaints and the sign-to-bill watch.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- contact log and tasks
-- A queue belongs to the roles that work in it; a task without a date of its own is due after the queue's days.
create table service_queues (
  code text primary key check (code ~ '^[a-z0-9_]{2,40}$'), name_pl text not null, name_en text not null, roles text[] not null,
  sla_days smallint not null check (sla_days between 0 and 365), sla_unit text not null check (sla_unit in ('calendar', 'working')),
  sort_order smallint not null default 0, is_active boolean not null default true, source text not null
);
insert into service_queues (code, name_pl, name_en, roles, sla_days, sla_unit, sort_order, source) values
  ('front_office', 'Obsługa klienta', 'Customer service', '{clerk,admin}', 2, 'working', 10, 'sample value, not official'),
  ('complaints', 'Reklamacje', 'Complaints', '{clerk,billing,admin}', 7, 'calendar', 20, 'sample value, not official'),
  ('switching', 'Zmiana sprzedawcy', 'Switching', '{clerk,admin}', 1, 'working', 30, 'sample value, not official'),
  ('billing', 'Rozliczenia', 'Billing', '{billing,admin}', 3, 'working', 40, 'sample value, not official'),
  ('finance', 'Finanse', 'Finance', '{finance,collections,admin}', 3, 'working', 50, 'sample value, not official'),
  ('sales', 'Sprzedaż', 'Sales', '{sales,clerk,admin}', 2, 'working', 60, 'sample value, not official');

-- What was said and done with a customer, and what is still to do. A contact is done when it is written down, a task when somebody says so.
create table activities (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  customer_id bigint references customers, kind text not null check (kind in ('call', 'email', 'meeting', 'note', 'task')),
  direction text not null default '' check (direction in ('', 'in', 'out')),
  subject text not null check (subject <> '' and length(subject) <= 200), body text not null default '' check (length(body) <= 8000),
  happened_on date not null, due_on date, snoozed_until date, owner_login text not null default '', queue text references service_queues,
  link_kind text not null default '' check (link_kind ~ '^[a-z_]{0,40}$'), link_id bigint,
  done_at timestamptz, done_by text, done_note text not null default '',
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  check ((link_kind = '') = (link_id is null)), check ((done_at is null) = (done_by is null)), check (kind = 'task' or done_at is not null),
  check ((kind = 'task') <= (due_on is not null)), check (kind <> 'task' or owner_login <> '' or queue is not null)
);
create index on activities (customer_id, happened_on desc);
create index activities_open on activities (due_on, id) where done_at is null;
create index activities_owner on activities (owner_login) where done_at is null;
create index on activities (link_kind, link_id) where link_kind <> '';

-- ---------------------------------------------------------------- complaints: rules as data
-- The tree: a category without a parent only groups. dispute_reason: why the debt of the linked document is disputed meanwhile.
create table complaint_categories (
  code text primary key check (code ~ '^[a-z0-9_]{2,40}$'), parent_code text references complaint_categories,
  name_pl text not null, name_en text not null, dispute_reason text not null default 'other'
    check (dispute_reason in ('amount', 'reading', 'price', 'not_my_contract', 'paid', 'other')),
  is_settlement boolean not null default false, blocks_suspension boolean not null default false, is_portal boolean not null default true,
  sort_order smallint not null default 0, is_active boolean not null default true
);
insert into complaint_categories (code, parent_code, name_pl, name_en, dispute_reason, is_settlement, blocks_suspension, sort_order) values
  ('bill', null, 'Faktura i rozliczenie', 'Bill', 'amount', true, false, 10),
  ('reading', 'bill', 'Odczyt lub zużycie', 'Reading or use', 'reading', true, false, 11),
  ('estimate', 'bill', 'Szacunek zamiast odczytu', 'Estimate instead of a reading', 'reading', true, false, 12),
  ('price', 'bill', 'Cena inna niż w umowie', 'Price differs from the contract', 'price', true, false, 13),
  ('double_bill', 'bill', 'Ten sam okres dwa razy', 'Same period twice', 'amount', true, false, 14),
  ('deposit', 'bill', 'Depozyt prosumencki', 'Prosumer deposit', 'amount', true, false, 15),
  ('invoice_data', 'bill', 'Dane na fakturze', 'Data on the invoice', 'other', true, false, 16),
  ('payment', null, 'Wpłaty i saldo', 'Payments and balance', 'paid', true, false, 20),
  ('paid', 'payment', 'Faktura już zapłacona', 'Bill already paid', 'paid', true, false, 21),
  ('interest', 'payment', 'Odsetki i rekompensata', 'Interest and compensation', 'amount', true, false, 22),
  ('refund', 'payment', 'Zwrot nadpłaty', 'Refund of an overpayment', 'other', true, false, 23),
  ('suspension', 'payment', 'Zapowiedź wstrzymania dostaw', 'Notice of suspension', 'amount', true, true, 24),
  ('contract', null, 'Umowa i sprzedaż', 'Contract and sale', 'not_my_contract', false, false, 30),
  ('not_my_contract', 'contract', 'Nie mam takiej umowy', 'Not my contract', 'not_my_contract', false, false, 31),
  ('sales_conduct', 'contract', 'Sposób sprzedaży', 'Way of selling', 'other', false, false, 32),
  ('termination', 'contract', 'Rozwiązanie umowy i opłata za nie', 'End of the contract and its fee', 'amount', false, false, 33),
  ('switching', null, 'Zmiana sprzedawcy', 'Change of supplier', 'other', false, false, 40),
  ('switch_delay', 'switching', 'Opóźnienie zmiany', 'Change is late', 'other', false, false, 41),
  ('switch_unwanted', 'switching', 'Zmiana bez zgody', 'Change without consent', 'not_my_contract', false, false, 42),
  ('service', null, 'Obsługa', 'Service', 'other', false, false, 50),
  ('contact', 'service', 'Kontakt i informacja', 'Contact and information', 'other', false, false, 51),
  ('portal', 'service', 'Portal klienta', 'Customer portal', 'other', false, false, 52),
  ('supply', null, 'Dostawa energii', 'Supply', 'other', false, false, 60),
  ('quality', 'supply', 'Jakość i przerwy (dystrybutor)', 'Quality and outages (distributor)', 'other', false, false, 61);

-- Days for the answer. The most specific row in force on the day of receipt holds: category, then its group, then settlement of bills; customer kind
-- before any kind. moves_off_days_off: the Civil Code's art. 115, an end on a Saturday or a holiday moves to the next working day.
create table complaint_deadlines (
  id bigint generated always as identity primary key,
  category_code text not null default '' check (category_code = '' or category_code ~ '^[a-z0-9_]{2,40}$'),
  customer_kind text not null default '' check (customer_kind in ('', 'household', 'business', 'public')),
  is_settlement_only boolean not null default false, days smallint not null check (days between 1 and 180),
  moves_off_days_off boolean not null, is_deemed_accepted boolean not null,
  legal_basis_pl text not null, legal_basis_en text not null, valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from),
  exclude using gist (category_code with =, customer_kind with =, (is_settlement_only::int) with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into complaint_deadlines (category_code, customer_kind, is_settlement_only, days, moves_off_days_off, is_deemed_accepted, legal_basis_pl, legal_basis_en,
    valid_from, valid_to, source, recorded_at, recorded_by)
select v.*, timestamptz '2000-01-01 00:00+00', 'system:migration' from (values
  ('', 'household', false, 30::smallint, true, true, 'art. 7a ustawy o prawach konsumenta; art. 115 KC', 'Consumer Rights Act art. 7a; Civil Code art. 115',
   date '2017-01-10', date '2023-01-01', 'Consumer Rights Act art. 7a(1)-(2) in its wording until 2022-12-31'),
  ('', 'household', false, 14::smallint, true, true, 'art. 7a ustawy o prawach konsumenta; art. 115 KC', 'Consumer Rights Act art. 7a; Civil Code art. 115',
   date '2023-01-01', null, 'Consumer Rights Act art. 7a(1)-(2) since 2023-01-01; UX.md: counter of 14 days'),
  ('', '', true, 14::smallint, true, false, 'rozporządzenie systemowe (standardy obsługi): reklamacja rozliczenia; art. 115 KC',
   'System regulation (service standards): complaint about settlement; Civil Code art. 115', date '2007-05-29', null,
   'service standards of the system regulation (14 days for settlement); check the paragraph in the text in force'),
  ('suspension', '', false, 14::smallint, true, true, 'art. 6c Prawa energetycznego; art. 115 KC', 'Energy Law art. 6c; Civil Code art. 115',
   date '2013-09-11', null, 'rules.md 8.1: no answer in 14 days = complaint accepted (art. 6c)'),
  ('', '', false, 30::smallint, true, false, 'ogólne warunki umowy; art. 115 KC', 'General terms; Civil Code art. 115',
   date '2000-01-01', null, 'sample value, not official: 30 days of the general terms for non-consumers')
) v (category_code, customer_kind, is_settlement_only, days, shift, deemed, pl, en, valid_from, valid_to, source);

-- Proposals of an answer; $number, $document, $received_on, $amount and $due_on are filled in.
create table complaint_answer_texts (
  id bigint generated always as identity primary key, category_code text not null default '', language text not null check (language in ('pl', 'en')),
  outcome text not null check (outcome in ('accepted', 'partly', 'rejected')), name text not null, body text not null check (body <> ''),
  source text not null default 'sample wording', row_version integer not null default 1, unique (category_code, language, outcome, name)
);
insert into complaint_answer_texts (category_code, language, outcome, name, body) values
  ('', 'pl', 'accepted', 'Uznanie', $t$Uznajemy Państwa reklamację $number z dnia $received_on. Przepraszamy za tę sytuację. Poprawimy rozliczenie, a dokument korygujący dostarczymy w ten sam sposób co fakturę $document.$t$),
  ('', 'pl', 'partly', 'Uznanie w części', $t$Po sprawdzeniu danych uznajemy reklamację $number z dnia $received_on w części. Zmieniamy to, co było nieprawidłowe; pozostałe pozycje dokumentu $document są zgodne z umową i taryfą.$t$),
  ('', 'pl', 'rejected', 'Odmowa', $t$Sprawdziliśmy dane, na których opiera się dokument $document, i nie znaleźliśmy błędu, dlatego nie uznajemy reklamacji $number z dnia $received_on. Jeżeli nie zgadzają się Państwo z tą odpowiedzią, mogą Państwo zwrócić się do Koordynatora do spraw negocjacji przy Prezesie URE albo do sądu.$t$),
  ('', 'en', 'accepted', 'Accepted', $t$We accept your complaint $number of $received_on and apologise. The settlement will be corrected, and the correcting document will reach you the same way as bill $document.$t$),
  ('', 'en', 'partly', 'Accepted in part', $t$Having checked the data we accept complaint $number of $received_on in part. We change what was wrong; the other lines of $document follow the contract and the tariff.$t$),
  ('', 'en', 'rejected', 'Rejected', $t$We checked the data behind $document and found no mistake, so complaint $number of $received_on is not accepted. If you disagree, you may turn to the Coordinator for negotiations at the President of URE or to a court.$t$),
  ('reading', 'pl', 'accepted', 'Nowy odczyt', $t$Uznajemy Państwa reklamację $number. Zleciliśmy dystrybutorowi ponowny odczyt licznika. Gdy go otrzymamy, wystawimy korektę do $document; do tego czasu nie prowadzimy windykacji tej faktury.$t$),
  ('reading', 'en', 'accepted', 'New reading', $t$We accept your complaint $number. The distributor was asked to read the meter again. With the new reading we will correct $document; until then the bill is not dunned.$t$),
  ('price', 'pl', 'accepted', 'Poprawa ceny', $t$Uznajemy Państwa reklamację $number. Na fakturze $document zastosowano cenę inną niż w umowie. Poprawimy cennik i wystawimy korektę.$t$),
  ('price', 'en', 'accepted', 'Price corrected', $t$We accept your complaint $number. Bill $document used a price that differs from your contract. We will correct the price and issue a correcting document.$t$),
  ('refund', 'pl', 'accepted', 'Zwrot', $t$Uznajemy Państwa reklamację $number. Kwotę $amount zwrócimy na wskazany rachunek bankowy.$t$),
  ('refund', 'en', 'accepted', 'Refund', $t$We accept your complaint $number. $amount will be paid back to the bank account that you gave.$t$);

-- ---------------------------------------------------------------- complaints
create table complaints (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  number text not null unique generated always as ('R/' || extract(year from received_on)::int::text || '/' || lpad(id::text, 6, '0')) stored,
  customer_id bigint not null references customers, category_code text not null references complaint_categories,
  channel text not null check (channel in ('phone', 'email', 'letter', 'ebok', 'in_person')),
  subject text not null check (subject <> '' and length(subject) <= 200), body text not null check (body <> '' and length(body) <= 8000),
  document_id bigint references documents, document_line_no integer, supply_point_id bigint references supply_points,
  payment_id bigint references payments, previous_id bigint, claimed_amount money_pln check (claimed_amount > 0),
  disputed_item_ids bigint[] not null default '{}',
  received_on date not null, registered_on date not null, deadline_id bigint not null references complaint_deadlines, due_on date not null,
  owner_login text not null default '', state text not null default 'new' check (state in ('new', 'in_progress', 'waiting_customer', 'answered', 'withdrawn')),
  outcome text check (outcome in ('accepted', 'partly', 'rejected')), is_deemed boolean not null default false, cause text not null default '',
  remedy text not null default '' check (remedy in ('', 'none', 're_reading', 'price_fix', 'recalculation', 'refund')),
  remedy_ref text not null default '', granted_amount money_pln check (granted_amount >= 0),
  answer text not null default '', answer_language text not null default 'pl' check (answer_language in ('pl', 'en')), paper_id bigint,
  answered_on date, closed_on date, request_key uuid unique,   -- of the portal's form: a second click registers nothing
  created_at timestamptz not null default now(), created_by text not null default actor(), row_version integer not null default 1,
  unique (id, customer_id), foreign key (previous_id, customer_id) references complaints (id, customer_id),
  check (registered_on >= received_on), check (due_on > received_on), check ((document_line_no is null) or (document_id is not null)),
  check ((state = 'answered') = (outcome is not null)), check ((state = 'answered') = (answered_on is not null)),
  check ((state in ('answered', 'withdrawn')) = (closed_on is not null)), check (state <> 'answered' or answer <> ''),
  check (not is_deemed or outcome is null or outcome = 'accepted')
);
create index on complaints (customer_id, received_on desc);
create index complaints_open on complaints (due_on, id) where closed_on is null;
create index on complaints (document_id);
create index on complaints (received_on);

create table complaint_events (
  id bigint generated always as identity primary key, complaint_id bigint not null references complaints,
  kind text not null check (kind in ('registered', 'taken', 'assigned', 'note', 'customer_message', 'question', 'state', 'remedy', 'answered', 'withdrawn')),
  body text not null default '' check (length(body) <= 8000), is_public boolean not null default false, happened_on date not null,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on complaint_events (complaint_id, id);

-- The dunning guard: debts of the disputed document are disputed while the complaint is open. Made by the database itself, so that a
-- complaint of the portal holds the debt in the same instant, although the portal's role cannot write disputes.
alter table document_disputes add column complaint_id bigint references complaints;
create index on document_disputes (complaint_id) where complaint_id is not null;
create function complaint_disputes() returns trigger language plpgsql security definer set search_path = pg_catalog, operational as $$
declare changed bigint;
begin
  if tg_op = 'INSERT' and new.closed_on is null then
    insert into operational.document_disputes (customer_id, open_item_id, reason, note, opened_on, answer_due_on, complaint_id)
    select new.customer_id, i, c.dispute_reason, new.number || ': ' || new.subject, new.registered_on, greatest(new.due_on, new.registered_on), new.id
      from unnest(new.disputed_item_ids) i join operational.complaint_categories c on c.code = new.category_code
    on conflict do nothing;
    get diagnostics changed = row_count;
    if changed > 0 then
      insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
      select d.id, d.customer_id, 'dispute_opened', new.registered_on, jsonb_build_object('complaint', new.number)
        from operational.dunning_cases d where d.customer_id = new.customer_id and d.closed_on is null;
    end if;
  elsif tg_op = 'UPDATE' and old.closed_on is null and new.closed_on is not null then
    update operational.document_disputes
       set closed_on = greatest(new.closed_on, opened_on), closed_by = operational.actor(), row_version = row_version + 1,
           resolution = case when new.state = 'withdrawn' then 'withdrawn' when new.outcome = 'rejected' then 'rejected' else 'accepted' end
     where complaint_id = new.id and closed_on is null;
    get diagnostics changed = row_count;
    if changed > 0 then
      insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
      select d.id, d.customer_id, 'dispute_closed', new.closed_on, jsonb_build_object('complaint', new.number, 'resolution', coalesce(new.outcome, new.state))
        from operational.dunning_cases d where d.customer_id = new.customer_id and d.closed_on is null;
    end if;
  end if;
  return null;
end $$;
revoke all on function complaint_disputes() from public;
create trigger complaint_disputes after insert or update of closed_on on complaints for each row execute function complaint_disputes();
-- What was received, when and by when an answer is due does not change; a decided complaint neither.
create function keep_complaint() returns trigger language plpgsql as $$
begin
  if (new.customer_id, new.channel, new.subject, new.body, new.received_on, new.registered_on, new.due_on, new.deadline_id)
     is distinct from (old.customer_id, old.channel, old.subject, old.body, old.received_on, old.registered_on, old.due_on, old.deadline_id) then
    raise exception 'what a customer complained about and the deadline of complaint % do not change', old.number using errcode = 'restrict_violation';
  end if;
  if old.closed_on is not null and (to_jsonb(new) - array['number', 'paper_id', 'remedy_ref', 'row_version'])
       is distinct from (to_jsonb(old) - array['number', 'paper_id', 'remedy_ref', 'row_version']) then
    raise exception 'complaint % is closed: register a new one', old.number using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger keep_complaint before update on complaints for each row execute function keep_complaint();

-- An answer of the customer puts the complaint back to work.
create function complaint_message() returns trigger language plpgsql security definer set search_path = pg_catalog, operational as $$
begin
  update operational.complaints set state = 'in_progress', row_version = row_version + 1
   where id = new.complaint_id and state = 'waiting_customer';
  return null;
end $$;
revoke all on function complaint_message() from public;
create trigger complaint_message after insert on complaint_events for each row when (new.kind = 'customer_message') execute function complaint_message();

-- ---------------------------------------------------------------- sign to bill
-- The steps from a signature to a sent bill; a step must happen `days` after the step named in anchor.
create table watch_steps (
  id bigint generated always as identity primary key, code text not null
    check (code in ('signature', 'withdrawal', 'case_opened', 'case_sent', 'answered', 'started', 'start_reading', 'computed', 'invoiced', 'sent')),
  position smallint not null, name_pl text not null, name_en text not null, days smallint not null check (days between 0 and 365),
  day_unit text not null check (day_unit in ('calendar', 'working')), valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(), check (valid_to > valid_from),
  exclude using gist (code with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
insert into watch_steps (code, position, name_pl, name_en, days, day_unit, valid_from, source, recorded_at, recorded_by)
select v.*, date '2000-01-01', s.source, timestamptz '2000-01-01 00:00+00', 'system:migration' from (values
  ('signature', 1, 'Umowa podpisana', 'Contract signed', 0, 'calendar'),
  ('withdrawal', 2, 'Koniec prawa odstąpienia', 'End of the right to withdraw', 0, 'calendar'),
  ('case_opened', 3, 'Sprawa zmiany otwarta', 'Switching case opened', 1, 'working'),
  ('case_sent', 4, 'Zgłoszenie wysłane', 'Notification sent', 2, 'working'),
  ('answered', 5, 'Odpowiedź dystrybutora', 'Answer of the distributor', 5, 'working'),
  ('started', 6, 'Dostawa rozpoczęta', 'Supply started', 21, 'calendar'),
  ('start_reading', 7, 'Odczyt początkowy', 'Opening reading', 14, 'calendar'),
  ('computed', 8, 'Pierwsze rozliczenie', 'First billing', 10, 'calendar'),
  ('invoiced', 9, 'Pierwsza faktura', 'First bill', 15, 'calendar'),
  ('sent', 10, 'Faktura wysłana', 'Bill sent', 3, 'working')) v (code, position, pl, en, days, unit)
join (values ('signature', 'the day of the signature'), ('withdrawal', 'days of the contract itself (Consumer Rights Act art. 27)'),
  ('case_opened', 'sample value, not official'), ('case_sent', 'sample value, not official'),
  ('answered', 'rules.md 9.1 step 4: verification in 5 working days'), ('started', 'Energy Law art. 4j(6): 21 days from the notification'),
  ('start_reading', 'sample value, not official'), ('computed', 'sample value, not official: days after the end of the first cycle'),
  ('invoiced', 'sample value, not official: days after the end of the first cycle'), ('sent', 'sample value, not official')) s (code, source) using (code);

-- Contract x point that has no sent bill yet: the watch looks at these only, so its work follows what is open. Refreshing takes finished ones away.
create table watch_points (
  contract_id bigint not null, supply_point_id bigint not null, noted_at timestamptz not null default now(), primary key (contract_id, supply_point_id)
);
create table watch_summaries (
  id bigint generated always as identity primary key, as_of date not null, open_count integer not null, late_count integer not null, lost_count integer not null,
  stake_amount money_pln not null, finished_count integer not null, by_reason jsonb not null default '{}',
  made_at timestamptz not null default now(), made_by text not null default actor()
);
create function watch_new_points() returns trigger language plpgsql security definer set search_path = pg_catalog, operational as $$
begin
  insert into operational.watch_points (contract_id, supply_point_id)
  select distinct n.contract_id, n.supply_point_id from new_rows n where n.supply_point_id is not null on conflict do nothing;
  return null;
end $$;
revoke all on function watch_new_points() from public;
create trigger watch_new_points after insert on contract_supply_points referencing new table as new_rows for each statement execute function watch_new_points();
do $$ begin
  if to_regclass('operational.start_requests') is not null then
    create trigger watch_new_points after insert on start_requests referencing new table as new_rows for each statement execute function watch_new_points();
  end if;
end $$;

-- ---------------------------------------------------------------- triggers, grants
do $$
declare t text;
begin
  foreach t in array array['complaint_events', 'watch_summaries'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['activities', 'complaints', 'complaint_categories', 'complaint_answer_texts', 'service_queues'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['complaint_deadlines', 'watch_steps'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['service_queues', 'activities', 'complaint_categories', 'complaint_deadlines', 'complaint_answer_texts', 'complaints', 'complaint_events',
      'watch_steps', 'watch_points', 'watch_summaries'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;
grant update on activities, complaints, complaint_categories, complaint_answer_texts, service_queues to iris_app;
grant delete on watch_points to iris_app;

reset role;
set search_path = operational, public;
-- As the administrator of the database: forced row-level security shows these tables to nobody else here.
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('complaint.registered', 'Reklamacja przyjęta', 'Complaint received', '{"number": "text", "received_on": "date", "due_on": "date"}', null, false, false, 3, 90),
  ('complaint.question', 'Pytanie w sprawie reklamacji', 'Question about a complaint', '{"number": "text", "question": "text"}', null, false, false, 3, 91);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select t.code, 'standard', t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('complaint.registered', 'pl', $t$Przyjęliśmy reklamację {{ number }}$t$, $t$Szanowni Państwo,

{{ received_on }} otrzymaliśmy Państwa reklamację. Jej numer: {{ number }}. Odpowiemy najpóźniej {{ due_on }}.

Stan sprawy widać w portalu klienta. W razie pytań prosimy o kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('complaint.registered', 'en', $t$We received complaint {{ number }}$t$, $t$Dear Customer,

we received your complaint on {{ received_on }}. Its number is {{ number }}. We will answer by {{ due_on }} at the latest.

The portal shows how it goes on. If you have questions: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('complaint.question', 'pl', $t$Pytanie w sprawie reklamacji {{ number }}$t$, $t$Szanowni Państwo,

aby rozpatrzyć reklamację {{ number }}, potrzebujemy odpowiedzi na pytanie:

{{ question }}

Odpowiedzieć można w portalu klienta albo przez kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('complaint.question', 'en', $t$Question about complaint {{ number }}$t$, $t$Dear Customer,

to decide on complaint {{ number }} we need an answer to this question:

{{ question }}

You can answer in the portal or by {{ seller_phone }}, {{ seller_email }}.$t$)
) as t (code, language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
select v.id, timestamptz '2000-01-01 00:00+00', 'system:migration' from message_template_versions v where v.template_code in ('complaint.registered', 'complaint.question') order by v.id;
insert into watch_points (contract_id, supply_point_id)
select distinct k.contract_id, k.supply_point_id from contract_supply_points k
 where k.superseded_at is null and not exists (select from billing_scopes s where s.contract_id = k.contract_id and s.supply_point_id = k.supply_point_id and s.invoice_id is not null);
set role iris_owner;

-- ---------------------------------------------------------------- what the portal sees
do $$
declare t text; rule text;
begin
  foreach t in array array['complaints', 'complaint_events', 'complaint_categories', 'complaint_deadlines'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    rule := case t
      when 'complaints' then 'customer_id = (select sec.customer_of_token())'
      when 'complaint_events' then 'is_public and complaint_id in (select c.id from operational.complaints c)'
      else 'true'
    end;
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, rule);
  end loop;
end $$;
-- The triggers of disputes and messages act as the owner of the tables.
create policy owner_acts on complaints to iris_owner using (true) with check (true);
create policy owner_reads on complaint_categories for select to iris_owner using (true);
-- Everything that a complaint names must be the customer's own: each look-up below goes through the customer's row-level security.
create policy portal_complains on complaints for insert to iris_ebok with check (
  customer_id = (select sec.customer_of_token()) and channel = 'ebok' and state = 'new' and outcome is null and owner_login = '' and received_on = registered_on
  and (document_id is null or exists (select from operational.documents d where d.id = complaints.document_id))
  and (payment_id is null or exists (select from operational.payments p where p.id = complaints.payment_id))
  and (supply_point_id is null or exists (select from operational.supply_points p where p.id = complaints.supply_point_id))
  and disputed_item_ids <@ array(select i.id from operational.open_items i where i.document_id = complaints.document_id));
create policy portal_writes on complaint_events for insert to iris_ebok with check (
  is_public and kind in ('registered', 'customer_message')
  and exists (select from operational.complaints c where c.id = complaint_events.complaint_id and c.closed_on is null));
grant select (id, public_id, number, customer_id, category_code, channel, subject, body, document_id, supply_point_id, payment_id, previous_id, claimed_amount,
  received_on, registered_on, deadline_id, due_on, state, outcome, remedy, granted_amount, answer, answered_on, closed_on, created_at,
  request_key) on complaints to iris_ebok;
grant insert (customer_id, category_code, channel, subject, body, document_id, supply_point_id, payment_id, previous_id, claimed_amount, disputed_item_ids,
  received_on, registered_on, deadline_id, due_on, request_key) on complaints to iris_ebok;
grant select (id, complaint_id, kind, body, is_public, happened_on, recorded_at) on complaint_events to iris_ebok;
grant insert (complaint_id, kind, body, is_public, happened_on) on complaint_events to iris_ebok;
grant select on complaint_categories, complaint_deadlines to iris_ebok;
reset role;
reset search_path;
