-- Bank channels, matching by confidence, splits and returned transfers.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- money on its way between a channel and the bank
insert into accounts (code, name_pl, name_en, kind) values
  ('collect_clearing', 'Płatności masowe w drodze', 'Mass payments in transit', 'asset'),
  ('card_clearing', 'Płatności kartą i BLIK w drodze', 'Card and BLIK payments in transit', 'asset'),
  ('cash_clearing', 'Kasa', 'Cash desk', 'asset');

-- What a file of a format is for: `ledger` lines are the account itself, `preview` lines come again in a statement and are kept
-- only, `collect` lines tell in detail what the account shows as one sum.
create table bank_feeds (
  id bigint generated always as identity primary key, format text not null unique,
  feed text not null check (feed in ('ledger', 'preview', 'collect')), row_version integer not null default 1
);
insert into bank_feeds (format, feed) values ('MT940', 'ledger'), ('MT942', 'preview'), ('CAMT053', 'ledger'), ('CAMT052', 'preview'),
  ('CAMT054', 'preview'), ('ELIXIR-O', 'collect'), ('REPORT', 'collect');

-- A bank's own mass-payment report as a table: which of its columns is which of ours. Found by its header row.
create table bank_report_layouts (
  id bigint generated always as identity primary key, code text not null unique check (code ~ '^[a-z0-9_]{2,40}$'),
  title text not null, delimiter text not null check (delimiter in (';', ',', E'\t', '|')),
  encoding text not null default 'auto' check (encoding in ('auto', 'utf-8', 'cp1250', 'iso-8859-2', 'cp852')),
  decimal_mark text not null check (decimal_mark in (',', '.')), date_format text not null, currency text not null default 'PLN',
  -- our field -> header of the bank; booked_on, amount and virtual_account are required
  columns jsonb not null check (columns ?& array['booked_on', 'amount', 'virtual_account']),
  is_active boolean not null default true, row_version integer not null default 1
);
insert into bank_report_layouts (code, title, delimiter, encoding, decimal_mark, date_format, columns) values
  ('example_semicolon', 'Raport płatności masowych (przykład, średniki)', ';', 'auto', ',', '%d.%m.%Y',
   '{"booked_on": "Data księgowania", "value_date": "Data waluty", "amount": "Kwota", "currency": "Waluta",
     "virtual_account": "Rachunek wirtualny", "payer_account": "Rachunek nadawcy", "payer_name": "Nadawca", "title": "Tytuł",
     "bank_reference": "Nr transakcji"}');

-- How sure the machine is of each kind of match, 1-100; from `automatic` up it posts by itself. Company policy, sample values.
create table matching_levels (
  id bigint generated always as identity primary key, code text not null unique, confidence smallint not null check (confidence between 1 and 101),
  row_version integer not null default 1
);
insert into matching_levels (code, confidence) values ('automatic', 80), ('virtual_account', 100), ('document_number', 95),
  ('payer_account', 85), ('amount_and_name', 70);

-- A way of paying beside the transfer. `settlement_words`: what the bank writes on the one sum by which the channel pays out.
create table payment_channels (
  id bigint generated always as identity primary key, code text not null unique check (code in ('collect', 'card', 'blik', 'cash')),
  clearing_account text not null references accounts, settlement_words text not null default '', is_active boolean not null default true,
  row_version integer not null default 1
);
insert into payment_channels (code, clearing_account, settlement_words) values
  ('collect', 'collect_clearing', 'suma wpłat masowych'), ('card', 'card_clearing', 'wypłata z bramki płatniczej'),
  ('blik', 'card_clearing', 'wypłata z bramki płatniczej'), ('cash', 'cash_clearing', 'wpłata z kasy');

-- ---------------------------------------------------------------- payments: confidence, channel, parts
-- A payment that was split, or whose parts were joined again, lives no longer in this row: reversed_on is set and closed_as says why.
-- The bank's money is then in its parts (parent_id). So "reversed_on is null" is the money that counts, everywhere.
alter table payments add column confidence smallint check (confidence between 1 and 100),
  add column closed_as text check (closed_as in ('bank', 'split', 'merged', 'channel')),
  add column parent_id bigint references payments,
  add column part_no smallint, add column split_no smallint not null default 0,
  drop constraint payments_method_check, drop constraint payments_matched_by_check,
  add constraint payments_method_check check (method in ('transfer', 'collect', 'card', 'blik', 'cash')),
  add constraint payments_matched_by_check check
    (matched_by in ('virtual_account', 'document_number', 'payer_account', 'amount_and_name', 'person')),
  add constraint payments_part_check check ((parent_id is null) = (part_no is null) and (parent_id is null or bank_line_id is null));
update payments set closed_as = 'bank' where reversed_on is not null;
update payments set confidence = case matched_by when 'document_number' then 95 else 100 end where matched_by is not null;
create index on payments (parent_id) where parent_id is not null;
create index payments_seen_before on payments (payer_account, booked_on) where payer_account <> '';

-- What a channel told, once for each of its events; the same event again is nothing, another one under its number is refused.
create table channel_events (
  id bigint generated always as identity primary key, channel text not null references payment_channels (code), event_id text not null,
  kind text not null check (kind in ('paid', 'returned')), amount money_pln not null check (amount > 0), occurred_at timestamptz not null,
  virtual_account text not null default '', title text not null default '', payer_name text not null default '',
  returns_event text not null default '', payment_id bigint not null references payments,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor(), unique (channel, event_id)
);
create index on channel_events (payment_id);

-- ---------------------------------------------------------------- the chain of statements
-- One row for each statement of our accounts that brought lines. `held`: it opens with a balance nobody closed with, so a statement
-- is missing; its lines wait. `accepted`: a person let it pass, with a reason.
create table statement_links (
  id bigint generated always as identity primary key, statement_id bigint not null unique, account text not null, currency text not null,
  opening numeric(18, 2) not null, closing numeric(18, 2) not null, moved numeric(18, 2) not null,  -- moved: lines it was first to bring
  opened_on date, closed_on date,
  state text not null check (state in ('linked', 'held', 'accepted')), reason text not null default '',
  was_held boolean not null default false, recorded_at timestamptz not null, decided_by text not null default '', row_version integer not null default 1,
  check ((state = 'accepted') = (decided_by <> ''))
);
create index on statement_links (account, currency, closing);
create index on statement_links (account, currency, opening);
create index statement_links_held on statement_links (account) where was_held;

do $$ declare t text; begin
  foreach t in array array['bank_feeds', 'bank_report_layouts', 'matching_levels', 'payment_channels', 'statement_links'] loop
    execute format('create trigger audit_row after update or delete on %I for each row execute function audit_row()', t);
    execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('grant select, insert, update on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
end $$;
create trigger refuse_change before update or delete or truncate on channel_events for each statement execute function refuse_change();
grant select, insert on channel_events to iris_app;
grant select on channel_events to iris_dbt;
reset role;

set role iris_loader;
set search_path = raw, public;
alter table bank_statements add column feed text not null default 'ledger' check (feed in ('ledger', 'preview', 'collect'));
-- The same statement told twice is compared line by line.
create index on bank_statements (account, statement_number);
reset role;
reset search_path;
