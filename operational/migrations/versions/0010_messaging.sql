-- Templates, messages of every channel, letter batches and their delivery.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- templates
-- variables: name -> kind (text, money, date, number, account, flag, period); a kind with ? may be left out.
create table message_templates (
  code text primary key check (code ~ '^[a-z]+\.[a-z_]+$'), name_pl text not null, name_en text not null,
  variables jsonb not null check (jsonb_typeof(variables) = 'object'),
  default_channel text check (default_channel in ('email', 'sms', 'ebok', 'letter')),
  attaches_document boolean not null default false, is_secret boolean not null default false,
  priority smallint not null default 5 check (priority between 1 and 9), sort_order integer not null
);
-- standard serves e-mail, EBOK and letters, unless one of them has a text of its own.
create table message_template_versions (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  template_code text not null references message_templates,
  channel text not null check (channel in ('standard', 'email', 'sms', 'ebok', 'letter')),
  language text not null check (language in ('pl', 'en')), version_no integer not null check (version_no > 0),
  subject text not null, body text not null check (body <> ''), note text not null default '',
  created_at timestamptz not null default now(), created_by text not null default actor(),
  unique (template_code, channel, language, version_no), check ((subject <> '') = (channel <> 'sms'))
);
create table message_template_activations (
  id bigint generated always as identity primary key, version_id bigint not null references message_template_versions,
  activated_at timestamptz not null, activated_by text not null default actor()
);
create index on message_template_activations (version_id);

-- The text in force: the channel's own, else the standard one; the language asked for, else Polish.
create function active_message_version(wanted_code text, wanted_channel text, wanted_language text) returns bigint
language sql stable as $$
  select v.id from operational.message_template_versions v
    join operational.message_template_activations a on a.version_id = v.id
   where v.template_code = wanted_code and v.channel in (wanted_channel, case when wanted_channel <> 'sms' then 'standard' end)
     and v.language in (wanted_language, 'pl')
   order by (v.language = wanted_language) desc, (v.channel = wanted_channel) desc, a.id desc limit 1 $$;

-- ---------------------------------------------------------------- rules of the channels, dated
create table message_channel_rules (
  id bigint generated always as identity primary key, channel text not null check (channel in ('email', 'sms', 'ebok', 'letter')),
  per_minute integer not null check (per_minute > 0), most_attempts integer not null check (most_attempts between 1 and 100),
  first_wait_seconds integer not null check (first_wait_seconds > 0), longest_wait_seconds integer not null check (longest_wait_seconds >= first_wait_seconds),
  known_hours integer not null check (known_hours > 0),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(), check (valid_to > valid_from),
  exclude using gist (channel with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);
-- Where a message goes when its channel cannot reach the customer; template_code '' means every template without a row of its own.
create table message_fallbacks (
  id bigint generated always as identity primary key, template_code text not null default '',
  channel text not null check (channel in ('email', 'sms', 'ebok', 'letter')), next_channel text check (next_channel in ('email', 'sms', 'ebok', 'letter')),
  valid_from date not null, valid_to date, source text not null,
  recorded_at timestamptz not null default now(), superseded_at timestamptz, recorded_by text not null default actor(),
  check (valid_to > valid_from), check (next_channel <> channel),
  exclude using gist (template_code with =, channel with =, daterange(valid_from, valid_to) with &&) where (superseded_at is null)
);

-- ---------------------------------------------------------------- messages
create table message_files (
  sha256 bytea primary key check (sha256 = sha256(content)), content bytea not null, media_type text not null check (media_type in ('application/pdf'))
);
create table messages (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(),
  key text not null unique check (key <> ''), template_code text not null references message_templates,
  channel text not null check (channel in ('email', 'sms', 'ebok', 'letter')), language text not null check (language in ('pl', 'en')),
  customer_id bigint not null references customers, document_id bigint references documents,
  variables jsonb not null default '{}', refs jsonb not null default '{}', files jsonb not null default '[]', recipient text not null default '',
  status text not null default 'waiting' check (status in ('waiting', 'held', 'sent', 'delivered', 'failed', 'replaced', 'cancelled')),
  priority smallint not null default 5, created_at timestamptz not null, created_by text not null default actor(),
  attempts integer not null default 0, next_attempt_at timestamptz not null, version_id bigint references message_template_versions,
  sent_at timestamptz, sent_to text not null default '', delivered_at timestamptz, failed_at timestamptz, last_error text not null default '',
  provider_reference text not null default '', replaces_id bigint unique references messages, outbox_id bigint references outbox,
  check ((status in ('sent', 'delivered')) <= (sent_at is not null)), check ((status = 'failed') <= (failed_at is not null))
);
create index messages_waiting on messages (channel, priority, id) where status = 'waiting';
create index messages_newest on messages (created_at desc, id desc);
create index on messages (customer_id, created_at desc);
create index on messages (document_id);
create index on messages (outbox_id);
create index on messages (provider_reference) where provider_reference <> '';
create index messages_refs on messages using gin (refs jsonb_path_ops);

-- What happened to a message, in order. A handover without an outcome after it is in doubt: the process ended in between.
create table message_events (
  id bigint generated always as identity primary key, message_id bigint not null references messages,
  kind text not null check (kind in ('handover', 'accepted', 'deferred', 'refused', 'delivered', 'bounced', 'held', 'released', 'retried',
    'cancelled', 'replaced', 'in_doubt')),
  channel text not null check (channel in ('email', 'sms', 'ebok', 'letter')), occurred_at timestamptz not null,
  reference text not null default '', detail text not null default '', recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create index on message_events (message_id, id);
create index message_handovers on message_events (channel, occurred_at) where kind = 'handover';

create table bad_addresses (
  id bigint generated always as identity primary key, channel text not null check (channel in ('email', 'sms')), address text not null check (address <> ''),
  reason text not null, message_id bigint references messages, marked_at timestamptz not null, marked_by text not null default actor(),
  cleared_at timestamptz, cleared_by text, check ((cleared_at is null) = (cleared_by is null))
);
create unique index bad_addresses_open on bad_addresses (channel, address) where cleared_at is null;
create table message_bounces (
  sha256 bytea primary key, message_id bigint references messages, action text not null, status_code text not null default '',
  received_at timestamptz not null, recorded_by text not null default actor()
);
create index on message_bounces (message_id);

-- ---------------------------------------------------------------- letters: a batch is never changed, a reprint is a new one
create table letter_batches (
  id bigint generated always as identity primary key, public_id uuid not null unique default gen_random_uuid(), name text not null unique,
  made_at timestamptz not null, made_by text not null default actor(), letters integer not null check (letters > 0), pages integer not null check (pages > 0),
  pdf bytea not null, index_csv bytea not null, pdf_sha256 bytea not null, index_sha256 bytea not null,
  reprint_of bigint references letter_batches, reason text not null default '', check ((reprint_of is null) = (reason = ''))
);
create table letter_batch_items (
  batch_id bigint not null references letter_batches, position integer not null check (position > 0), message_id bigint not null references messages,
  page_from integer not null check (page_from > 0), pages integer not null check (pages > 0), primary key (batch_id, position), unique (batch_id, message_id)
);
create index on letter_batch_items (message_id);

-- ---------------------------------------------------------------- notices read in EBOK
create table notice_reads (
  message_id bigint primary key references messages, customer_id bigint not null references customers,
  read_at timestamptz not null default now(), read_by text not null default actor()
);
create index on notice_reads (customer_id);

-- ---------------------------------------------------------------- the outbox row of a document follows its message
create function follow_message() returns trigger language plpgsql as $$
begin
  update operational.outbox o
     set sent_at = case when m.status in ('sent', 'delivered') then m.sent_at end, attempts = m.attempts, next_attempt_at = m.next_attempt_at,
         failed_at = case m.status when 'failed' then m.failed_at when 'cancelled' then m.next_attempt_at end, last_error = nullif(m.last_error, ''),
         payload = o.payload || jsonb_build_object('channel', m.channel)
    from changed m where o.id = m.outbox_id and m.status <> 'replaced';
  return null;
end $$;
create trigger follow_message after update on messages referencing new table as changed
  for each statement execute function follow_message();

do $$
declare t text;
begin
  foreach t in array array['message_template_versions', 'message_template_activations', 'message_files', 'message_events', 'message_bounces',
                           'letter_batches', 'letter_batch_items', 'notice_reads'] loop
    execute format('create trigger refuse_change before update or delete or truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  foreach t in array array['message_channel_rules', 'message_fallbacks'] loop
    execute format('create trigger close_version_only before update on %I for each row execute function close_version_only()', t);
    execute format('create trigger refuse_delete before delete on %I for each statement execute function refuse_change()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant update (superseded_at) on %I to iris_app', t);
  end loop;
  foreach t in array array['message_templates', 'bad_addresses'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
  end loop;
  execute 'create trigger refuse_delete before delete on messages for each statement execute function refuse_change()';
  execute 'create trigger refuse_truncate before truncate on messages for each statement execute function refuse_change()';
end $$;

-- ---------------------------------------------------------------- who may see and write
grant select, insert on message_templates, message_template_versions, message_template_activations, message_channel_rules, message_fallbacks,
  message_files, messages, message_events, bad_addresses, message_bounces, letter_batches, letter_batch_items, notice_reads to iris_app;
grant update on messages, bad_addresses to iris_app;
-- Variables, addresses and printed letters stay out of the warehouse.
grant select on message_templates, message_channel_rules, message_fallbacks, message_events, letter_batch_items, notice_reads to iris_dbt;
grant select (id, public_id, key, template_code, channel, language, customer_id, document_id, refs, status, priority, created_at, attempts, next_attempt_at,
  version_id, sent_at, delivered_at, failed_at, replaces_id, outbox_id) on messages to iris_dbt;

-- ---------------------------------------------------------------- delivered values
insert into message_channel_rules (channel, per_minute, most_attempts, first_wait_seconds, longest_wait_seconds, known_hours, valid_from, source, recorded_by)
select r.*, date '2000-01-01', 'sample value, not official', 'system:migration' from (values
  ('email', 1200, 14, 60, 21600, 24), ('sms', 300, 8, 60, 3600, 24), ('ebok', 100000, 1, 60, 60, 24), ('letter', 100000, 5, 60, 3600, 24)
) as r (channel, per_minute, most_attempts, first_wait_seconds, longest_wait_seconds, known_hours);
insert into message_fallbacks (template_code, channel, next_channel, valid_from, source, recorded_by)
select r.*, date '2000-01-01', 'sample value, not official', 'system:migration' from (values
  ('', 'email', 'letter'), ('', 'sms', 'ebok'), ('account.password_reset', 'email', null), ('account.password_reset', 'sms', null),
  ('document.invoice', 'email', 'letter'), ('document.correction', 'email', 'letter'), ('payment.received', 'email', 'ebok')
) as r (template_code, channel, next_channel);
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('document.invoice', 'Faktura wystawiona', 'Invoice issued', '{"number": "text", "amount": "money", "period": "period", "due_date": "date", "is_due": "flag"}', null, true, false, 5, 10),
  ('document.correction', 'Faktura korygująca wystawiona', 'Correcting invoice issued', '{"number": "text", "amount": "money", "period": "period", "due_date": "date", "is_due": "flag"}', null, true, false, 5, 20),
  ('payment.received', 'Wpłata przyjęta', 'Payment received', '{"amount": "money", "booked_on": "date", "balance": "money"}', 'ebok', false, false, 7, 30),
  ('reminder.before_due', 'Przypomnienie przed terminem', 'Reminder before the due date', '{"number": "text", "amount": "money", "due_date": "date"}', null, false, false, 5, 40),
  ('reminder.overdue', 'Przypomnienie po terminie', 'Reminder of an overdue amount', '{"documents": "text", "amount": "money", "days": "number"}', null, false, false, 5, 50),
  ('reminder.overdue_second', 'Drugie przypomnienie po terminie', 'Second reminder of an overdue amount', '{"documents": "text", "amount": "money", "days": "number", "fee": "money?"}', null, false, false, 4, 60),
  ('demand.payment', 'Wezwanie do zapłaty', 'Demand for payment', '{"documents": "text", "amount": "money", "interest": "money?", "fee": "money?", "pay_by": "date"}', 'letter', false, false, 3, 70),
  ('supply.suspension_notice', 'Zawiadomienie o zamiarze wstrzymania dostaw', 'Notice of suspension of supply', '{"documents": "text", "amount": "money", "pay_by": "date", "suspend_from": "date", "supply_point": "text"}', 'letter', false, false, 2, 80),
  ('instalments.plan', 'Plan ratalny', 'Instalment plan', '{"plan_number": "text", "total": "money", "count": "number", "schedule": "text", "first_date": "date"}', null, true, false, 4, 90),
  ('interest.note', 'Nota odsetkowa', 'Interest note', '{"number": "text", "amount": "money", "due_date": "date"}', null, true, false, 5, 100),
  ('balance.confirmation', 'Potwierdzenie salda', 'Balance confirmation', '{"on_date": "date", "balance": "money", "reply_by": "date?"}', null, true, false, 6, 110),
  ('complaint.answer', 'Odpowiedź na reklamację', 'Answer to a complaint', '{"case_number": "text", "answer": "text"}', null, true, false, 4, 120),
  ('account.welcome', 'Powitanie klienta', 'Welcome', '{"contract_number": "text", "start_date": "date"}', null, false, false, 6, 130),
  ('account.password_reset', 'Zmiana hasła do EBOK', 'Password reset', '{"link": "text", "valid_until": "text"}', 'email', false, true, 1, 140);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select t.code, t.channel, t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('document.invoice', 'standard', 'pl', $t$Faktura {{ number }} - {{ brand }}$t$, $t$Dzień dobry,

w załączniku jest faktura {{ number }} za okres {{ period }}.

{% if is_due %}Do zapłaty: {{ amount }}
Termin: {{ due_date }}
Konto: {{ account }}
Tytuł: {{ number }}{% else %}Kwota na Twoją korzyść: {{ amount }}. Zaliczymy ją na najbliższe faktury.{% endif %}

Zużycie i objaśnienie każdej pozycji są w EBOK.$t$),
  ('document.invoice', 'standard', 'en', $t$Invoice {{ number }} - {{ brand }}$t$, $t$Good day,

your invoice {{ number }} for {{ period }} is attached.

{% if is_due %}Amount due: {{ amount }}
Due date: {{ due_date }}
Account: {{ account }}
Title: {{ number }}{% else %}Credit to you: {{ amount }}. We set it off against your next invoices.{% endif %}

Your consumption and an explanation of every line are in the customer portal.$t$),
  ('document.correction', 'standard', 'pl', $t$Faktura korygująca {{ number }} - {{ brand }}$t$, $t$Dzień dobry,

w załączniku jest faktura korygująca {{ number }} za okres {{ period }}.

{% if is_due %}Do zapłaty: {{ amount }}
Termin: {{ due_date }}
Konto: {{ account }}
Tytuł: {{ number }}{% else %}Kwota na Twoją korzyść: {{ amount }}. Zaliczymy ją na najbliższe faktury.{% endif %}

Zużycie i objaśnienie każdej pozycji są w EBOK.$t$),
  ('document.correction', 'standard', 'en', $t$Correcting invoice {{ number }} - {{ brand }}$t$, $t$Good day,

your correcting invoice {{ number }} for {{ period }} is attached.

{% if is_due %}Amount due: {{ amount }}
Due date: {{ due_date }}
Account: {{ account }}
Title: {{ number }}{% else %}Credit to you: {{ amount }}. We set it off against your next invoices.{% endif %}

Your consumption and an explanation of every line are in the customer portal.$t$),
  ('document.invoice', 'ebok', 'pl', $t$Nowa faktura {{ number }}$t$, $t$Wystawiliśmy fakturę {{ number }} za okres {{ period }}.

{% if is_due %}Do zapłaty: {{ amount }}, termin: {{ due_date }}.{% else %}Kwota na Twoją korzyść: {{ amount }}.{% endif %}$t$),
  ('document.invoice', 'ebok', 'en', $t$New invoice {{ number }}$t$, $t$We issued invoice {{ number }} for {{ period }}.

{% if is_due %}Amount due: {{ amount }}, due date: {{ due_date }}.{% else %}Credit to you: {{ amount }}.{% endif %}$t$),
  ('document.correction', 'ebok', 'pl', $t$Nowa faktura korygująca {{ number }}$t$, $t$Wystawiliśmy fakturę korygującą {{ number }} za okres {{ period }}.

{% if is_due %}Do zapłaty: {{ amount }}, termin: {{ due_date }}.{% else %}Kwota na Twoją korzyść: {{ amount }}.{% endif %}$t$),
  ('document.correction', 'ebok', 'en', $t$New correcting invoice {{ number }}$t$, $t$We issued correcting invoice {{ number }} for {{ period }}.

{% if is_due %}Amount due: {{ amount }}, due date: {{ due_date }}.{% else %}Credit to you: {{ amount }}.{% endif %}$t$),
  ('document.invoice', 'sms', 'pl', $t$$t$, $t${{ brand }}: faktura {{ number }}, {{ amount }}, termin {{ due_date }}.$t$),
  ('document.invoice', 'sms', 'en', $t$$t$, $t${{ brand }}: invoice {{ number }}, {{ amount }}, due {{ due_date }}.$t$),
  ('payment.received', 'standard', 'pl', $t$Dziękujemy za wpłatę {{ amount }}$t$, $t$Dzień dobry,

zaksięgowaliśmy wpłatę {{ amount }} z dnia {{ booked_on }}. Saldo po wpłacie: {{ balance }}.

Szczegóły i wszystkie dokumenty są w EBOK. W razie pytań: {{ seller_phone }}.$t$),
  ('payment.received', 'standard', 'en', $t$Thank you for your payment of {{ amount }}$t$, $t$Good day,

we booked your payment of {{ amount }} made on {{ booked_on }}. Balance after it: {{ balance }}.

Details and all documents are in the customer portal. Questions: {{ seller_phone }}.$t$),
  ('reminder.before_due', 'standard', 'pl', $t$Zbliża się termin płatności: {{ number }}$t$, $t$Dzień dobry,

przypominamy o fakturze {{ number }}. Termin płatności: {{ due_date }}.

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł przelewu: {{ customer_number }}

Jeśli wpłata jest już w drodze, ta wiadomość nie wymaga odpowiedzi.$t$),
  ('reminder.before_due', 'standard', 'en', $t$Payment is due soon: {{ number }}$t$, $t$Good day,

this is a reminder of invoice {{ number }}. Due date: {{ due_date }}.

Amount due: {{ amount }}
Account: {{ account }}
Transfer title: {{ customer_number }}

If your payment is on its way, nothing more is needed.$t$),
  ('reminder.before_due', 'sms', 'pl', $t$$t$, $t${{ brand }}: faktura {{ number }} na {{ amount }}, termin {{ due_date }}. Konto: {{ account }}$t$),
  ('reminder.before_due', 'sms', 'en', $t$$t$, $t${{ brand }}: invoice {{ number }} of {{ amount }} is due {{ due_date }}. Account: {{ account }}$t$),
  ('reminder.overdue', 'standard', 'pl', $t$Minął termin płatności: {{ amount }}$t$, $t$Dzień dobry,

nie odnotowaliśmy wpłaty za:
{{ documents }}

Dni po terminie: {{ days }}.

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł przelewu: {{ customer_number }}

Jeśli wpłata została już wysłana, dziękujemy i prosimy o pominięcie tej wiadomości.

Szczegóły i wszystkie dokumenty są w EBOK. W razie pytań: {{ seller_phone }}.$t$),
  ('reminder.overdue', 'standard', 'en', $t$Payment is overdue: {{ amount }}$t$, $t$Good day,

we have not received payment for:
{{ documents }}

Days after the due date: {{ days }}.

Amount due: {{ amount }}
Account: {{ account }}
Transfer title: {{ customer_number }}

If you have already paid, thank you; please disregard this message.

Details and all documents are in the customer portal. Questions: {{ seller_phone }}.$t$),
  ('reminder.overdue', 'sms', 'pl', $t$$t$, $t${{ brand }}: po terminie {{ amount }}. Prosimy o wpłate na konto {{ account }}. Jesli zaplacono, dziekujemy.$t$),
  ('reminder.overdue', 'sms', 'en', $t$$t$, $t${{ brand }}: {{ amount }} is overdue. Please pay to account {{ account }}. If paid, thank you.$t$),
  ('reminder.overdue_second', 'standard', 'pl', $t$Ponowne przypomnienie o płatności: {{ amount }}$t$, $t$Dzień dobry,

mimo wcześniejszego przypomnienia nadal nie odnotowaliśmy wpłaty za:
{{ documents }}

Dni po terminie: {{ days }}.{% if fee %} Opłata za przypomnienie: {{ fee }}.{% endif %}

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł przelewu: {{ customer_number }}

Masz trudność z zapłatą? Zadzwoń, ustalimy raty: {{ seller_phone }}.$t$),
  ('reminder.overdue_second', 'standard', 'en', $t$Second reminder of payment: {{ amount }}$t$, $t$Good day,

despite our earlier reminder we have not received payment for:
{{ documents }}

Days after the due date: {{ days }}.{% if fee %} Reminder fee: {{ fee }}.{% endif %}

Amount due: {{ amount }}
Account: {{ account }}
Transfer title: {{ customer_number }}

Is paying difficult? Call us, we can agree on instalments: {{ seller_phone }}.$t$),
  ('reminder.overdue_second', 'sms', 'pl', $t$$t$, $t${{ brand }}: ponownie prosimy o zaplate {{ amount }}. Konto {{ account }}. Raty: {{ seller_phone }}$t$),
  ('reminder.overdue_second', 'sms', 'en', $t$$t$, $t${{ brand }}: second reminder, {{ amount }} is overdue. Account {{ account }}. Instalments: {{ seller_phone }}$t$),
  ('demand.payment', 'standard', 'pl', $t$Wezwanie do zapłaty {{ amount }}$t$, $t$Szanowni Państwo,

wzywamy do zapłaty wymagalnych należności:
{{ documents }}

Razem: {{ amount }}{% if interest %}, w tym odsetki {{ interest }}{% endif %}{% if fee %}, w tym opłaty {{ fee }}{% endif %}.
Prosimy o zapłatę do {{ pay_by }} na konto {{ account }}, w tytule: {{ customer_number }}.

Po tym terminie możemy skierować sprawę na drogę sądową. Jeśli należność jest sporna albo została zapłacona, prosimy o kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('demand.payment', 'standard', 'en', $t$Demand for payment of {{ amount }}$t$, $t$Dear Customer,

we demand payment of the amounts that are due:
{{ documents }}

In all: {{ amount }}{% if interest %}, including interest of {{ interest }}{% endif %}{% if fee %}, including fees of {{ fee }}{% endif %}.
Please pay by {{ pay_by }} to account {{ account }}, title: {{ customer_number }}.

After that day we may take the matter to court. If you dispute the amount or have paid it, please contact us: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('demand.payment', 'sms', 'pl', $t$$t$, $t${{ brand }}: wezwanie do zaplaty {{ amount }} do {{ pay_by }}. Konto {{ account }}. Szczegoly w liscie.$t$),
  ('demand.payment', 'sms', 'en', $t$$t$, $t${{ brand }}: demand for payment of {{ amount }} by {{ pay_by }}. Account {{ account }}. Details by post.$t$),
  ('supply.suspension_notice', 'standard', 'pl', $t$Zawiadomienie o zamiarze wstrzymania dostaw$t$, $t$Szanowni Państwo,

z powodu zaległości:
{{ documents }}

zawiadamiamy o zamiarze wstrzymania dostaw do punktu {{ supply_point }} od {{ suspend_from }}, jeśli kwota {{ amount }} nie zostanie zapłacona do {{ pay_by }}.

Konto: {{ account }}, tytuł: {{ customer_number }}.

Wstrzymanie i wznowienie dostaw może wiązać się z opłatami operatora. Reklamacja złożona w terminie 14 dni od otrzymania tego pisma wstrzymuje procedurę do czasu jej rozpatrzenia. Kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('supply.suspension_notice', 'standard', 'en', $t$Notice of suspension of supply$t$, $t$Dear Customer,

because of the arrears:
{{ documents }}

we intend to suspend supply to point {{ supply_point }} from {{ suspend_from }}, unless {{ amount }} is paid by {{ pay_by }}.

Account: {{ account }}, title: {{ customer_number }}.

Suspension and resumption may cause fees of the operator. A complaint made within 14 days of receiving this letter stops the procedure until it is settled. Contact: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('supply.suspension_notice', 'sms', 'pl', $t$$t$, $t${{ brand }}: grozi wstrzymanie dostaw od {{ suspend_from }}. Zaplac {{ amount }} do {{ pay_by }}, konto {{ account }}. Kontakt {{ seller_phone }}$t$),
  ('supply.suspension_notice', 'sms', 'en', $t$$t$, $t${{ brand }}: supply may be suspended from {{ suspend_from }}. Pay {{ amount }} by {{ pay_by }}, account {{ account }}. Contact {{ seller_phone }}$t$),
  ('instalments.plan', 'standard', 'pl', $t$Plan ratalny {{ plan_number }}$t$, $t$Dzień dobry,

potwierdzamy plan ratalny {{ plan_number }} na kwotę {{ total }}. Liczba rat: {{ count }}, pierwsza: {{ first_date }}.

{{ schedule }}

Konto: {{ account }}, tytuł: {{ plan_number }}. Terminowe wpłaty wstrzymują windykację.

Szczegóły i wszystkie dokumenty są w EBOK. W razie pytań: {{ seller_phone }}.$t$),
  ('instalments.plan', 'standard', 'en', $t$Instalment plan {{ plan_number }}$t$, $t$Good day,

we confirm instalment plan {{ plan_number }} of {{ total }}. Instalments: {{ count }}, the first on {{ first_date }}.

{{ schedule }}

Account: {{ account }}, title: {{ plan_number }}. Payments on time suspend debt collection.

Details and all documents are in the customer portal. Questions: {{ seller_phone }}.$t$),
  ('interest.note', 'standard', 'pl', $t$Nota odsetkowa {{ number }}$t$, $t$Dzień dobry,

wystawiliśmy notę odsetkową {{ number }}. Termin płatności: {{ due_date }}.

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł: {{ number }}

Szczegóły i wszystkie dokumenty są w EBOK. W razie pytań: {{ seller_phone }}.$t$),
  ('interest.note', 'standard', 'en', $t$Interest note {{ number }}$t$, $t$Good day,

we issued interest note {{ number }}. Due date: {{ due_date }}.

Amount due: {{ amount }}
Account: {{ account }}
Title: {{ number }}

Details and all documents are in the customer portal. Questions: {{ seller_phone }}.$t$),
  ('balance.confirmation', 'standard', 'pl', $t$Potwierdzenie salda na {{ on_date }}$t$, $t$Szanowni Państwo,

według naszych ksiąg saldo na dzień {{ on_date }} wynosi {{ balance }}.{% if reply_by %}

Prosimy o potwierdzenie zgodności albo podanie różnic do {{ reply_by }}: {{ seller_email }}.{% endif %}$t$),
  ('balance.confirmation', 'standard', 'en', $t$Balance confirmation as at {{ on_date }}$t$, $t$Dear Customer,

according to our books the balance as at {{ on_date }} is {{ balance }}.{% if reply_by %}

Please confirm it or report differences by {{ reply_by }}: {{ seller_email }}.{% endif %}$t$),
  ('complaint.answer', 'standard', 'pl', $t$Odpowiedź na reklamację {{ case_number }}$t$, $t$Dzień dobry,

odpowiadamy na reklamację {{ case_number }}.

{{ answer }}

Szczegóły i wszystkie dokumenty są w EBOK. W razie pytań: {{ seller_phone }}.$t$),
  ('complaint.answer', 'standard', 'en', $t$Answer to complaint {{ case_number }}$t$, $t$Good day,

this is our answer to complaint {{ case_number }}.

{{ answer }}

Details and all documents are in the customer portal. Questions: {{ seller_phone }}.$t$),
  ('account.welcome', 'standard', 'pl', $t$Witamy w {{ brand }}$t$, $t$Dzień dobry {{ customer_name }},

dziękujemy za zawarcie umowy {{ contract_number }}. Sprzedaż zaczyna się {{ start_date }}.

Numer klienta: {{ customer_number }}
Konto do wpłat: {{ account }}

Faktury, zużycie i płatności są w EBOK. Kontakt: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('account.welcome', 'standard', 'en', $t$Welcome to {{ brand }}$t$, $t$Good day {{ customer_name }},

thank you for contract {{ contract_number }}. Supply begins on {{ start_date }}.

Customer number: {{ customer_number }}
Account for payments: {{ account }}

Invoices, consumption and payments are in the customer portal. Contact: {{ seller_phone }}, {{ seller_email }}.$t$),
  ('account.welcome', 'sms', 'pl', $t$$t$, $t${{ brand }}: witamy! Umowa {{ contract_number }}, sprzedaz od {{ start_date }}. Numer klienta {{ customer_number }}.$t$),
  ('account.welcome', 'sms', 'en', $t$$t$, $t${{ brand }}: welcome! Contract {{ contract_number }}, supply from {{ start_date }}. Customer number {{ customer_number }}.$t$),
  ('account.password_reset', 'email', 'pl', $t$Zmiana hasła do EBOK$t$, $t$Dzień dobry,

hasło ustawisz pod adresem:
{{ link }}

Adres działa do {{ valid_until }} i tylko raz. Jeśli to nie Ty prosisz o zmianę, nic nie rób: hasło zostaje bez zmian.$t$),
  ('account.password_reset', 'email', 'en', $t$Password reset$t$, $t$Good day,

set your password at:
{{ link }}

The address works until {{ valid_until }} and only once. If you did not ask for it, do nothing: your password stays as it is.$t$),
  ('account.password_reset', 'sms', 'pl', $t$$t$, $t${{ brand }}: haslo do EBOK ustawisz tutaj (do {{ valid_until }}): {{ link }}$t$),
  ('account.password_reset', 'sms', 'en', $t$$t$, $t${{ brand }}: set your portal password here (until {{ valid_until }}): {{ link }}$t$)
) as t (code, channel, language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
select v.id, timestamptz '2000-01-01 00:00+00', 'system:migration' from message_template_versions v order by v.id;

-- Last, since forced row-level security binds the owner too.
do $$
declare t text; rule text;
begin
  foreach t in array array['messages', 'notice_reads', 'message_templates', 'message_template_versions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    rule := case t
      when 'messages' then $rule$customer_id = (select sec.customer_of_token()) and channel = 'ebok' and status in ('sent', 'delivered')$rule$
      when 'notice_reads' then 'customer_id = (select sec.customer_of_token())'
      when 'message_templates' then 'code in (select m.template_code from operational.messages m)'
      when 'message_template_versions' then 'id in (select m.version_id from operational.messages m)'
    end;
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, rule);
  end loop;
end $$;
create policy portal_reads on notice_reads for insert to iris_ebok
  with check (customer_id = (select sec.customer_of_token()) and message_id in (select m.id from operational.messages m));
grant select (id, public_id, template_code, channel, language, customer_id, document_id, variables, status, created_at, sent_at, version_id) on messages to iris_ebok;
grant select on message_templates, message_template_versions, notice_reads to iris_ebok;
grant insert (message_id, customer_id, read_at) on notice_reads to iris_ebok;
reset role;
