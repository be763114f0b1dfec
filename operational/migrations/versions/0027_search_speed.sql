-- Search and lists of half a million customers.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- words of names
-- The words of a name, without Polish letters, for an index that finds them in any order and by their beginning.
create function name_words(given text) returns text[] language sql immutable strict parallel safe as $$
  select array_remove(regexp_split_to_array(given, '[[:space:][:punct:]]+'), '') $$;

create index customers_words on customers using gin (array_to_tsvector(name_words(search_name))) where merged_into_id is null;
create index payments_words on payments using gin (array_to_tsvector(name_words(plain(title || ' ' || payer_name))));
drop index payments_title_trgm;

-- Every word that a customer's name ever had. Typing errors are looked for among these some ten thousand words, not among
-- all customers; a word that nobody bears any more finds nobody and does no harm.
create table name_dictionary (word text primary key);
create index name_dictionary_trgm on name_dictionary using gin (word public.gin_trgm_ops);

create function learn_words() returns trigger language plpgsql security definer set search_path = operational, public, pg_catalog as $$
begin
  -- In the order of the words, so that two who add the same names wait for each other and never crosswise.
  insert into name_dictionary
  select w.word from (select distinct unnest(name_words(n.search_name)) as word from new_rows n) w
   where not exists (select from name_dictionary d where d.word = w.word) order by 1
      on conflict do nothing;
  return null;
end $$;
create trigger learn_words after insert on customers referencing new table as new_rows for each statement execute function learn_words();
create trigger learn_words_again after update on customers referencing new table as new_rows for each statement execute function learn_words();

-- ---------------------------------------------------------------- what is open now
-- One row per item that is not settled, kept by triggers of the items and allocations it is summed from; `iris check`
-- compares it with them. Lists by balance, overdue or open documents read what is open, not everything that ever was.
create table open_positions (
  item_id bigint primary key, customer_id bigint not null, document_id bigint, run_id bigint, document_kind text, issue_date date,
  due_date date not null, left_amount money_pln not null check (left_amount <> 0)
);
create index on open_positions (customer_id);
create index on open_positions (due_date);
create index on open_positions (document_id) where document_id is not null;

-- Both triggers sum up anew what is left of each item touched; the order in which they fire does not matter.
create function keep_position_of_item() returns trigger language plpgsql set search_path = operational, pg_catalog as $$
begin
  insert into open_positions as p
  select l.id, l.customer_id, l.document_id, d.run_id, d.kind, d.issue_date, l.due_date, l.left_amount
    from (select n.id, n.customer_id, n.document_id, n.due_date, n.amount
                 - coalesce((select sum(a.amount) from allocations a where a.debt_item_id = n.id), 0)
                 + coalesce((select sum(a.amount) from allocations a where a.credit_item_id = n.id), 0) as left_amount
            from new_rows n) l
    left join documents d on d.id = l.document_id
   where l.left_amount <> 0
      on conflict (item_id) do update set left_amount = excluded.left_amount;
  return null;
end $$;

create function keep_positions_of_allocation() returns trigger language plpgsql set search_path = operational, pg_catalog as $$
begin
  with touched as (select debt_item_id as id from new_rows union select credit_item_id from new_rows),
  now_left as materialized (
    select i.id, i.customer_id, i.document_id, i.due_date, i.amount
           - coalesce((select sum(a.amount) from allocations a where a.debt_item_id = i.id), 0)
           + coalesce((select sum(a.amount) from allocations a where a.credit_item_id = i.id), 0) as left_amount
      from touched t join open_items i on i.id = t.id
  ),
  settled as (
    delete from open_positions p using now_left n where p.item_id = n.id and n.left_amount = 0
  )
  insert into open_positions as p
  select n.id, n.customer_id, n.document_id, d.run_id, d.kind, d.issue_date, n.due_date, n.left_amount
    from now_left n left join documents d on d.id = n.document_id
   where n.left_amount <> 0
      on conflict (item_id) do update set left_amount = excluded.left_amount where p.left_amount <> excluded.left_amount;
  return null;
end $$;
create trigger keep_position after insert on open_items referencing new table as new_rows for each statement
  execute function keep_position_of_item();
create trigger keep_positions after insert on allocations referencing new table as new_rows for each statement
  execute function keep_positions_of_allocation();

-- ---------------------------------------------------------------- sums of issued documents
-- One row per statement that issued documents (a batch), so that the sums over a list need not read every document.
-- Only ever added to: two workers never wait for one counter.
create table document_sums (
  id bigint generated always as identity primary key, issue_date date not null, kind text not null, run_id bigint not null,
  is_estimated boolean not null, documents bigint not null, energy_kwh energy_kwh not null, net_amount money_pln not null,
  gross_amount money_pln not null
);
create index on document_sums (run_id);
create function sum_up_documents() returns trigger language plpgsql set search_path = operational, pg_catalog as $$
begin
  insert into document_sums (issue_date, kind, run_id, is_estimated, documents, energy_kwh, net_amount, gross_amount)
  select issue_date, kind, run_id, is_estimated, count(*), sum(energy_kwh), sum(net_amount), sum(gross_amount)
    from new_rows group by 1, 2, 3, 4;
  return null;
end $$;
create trigger sum_up after insert on documents referencing new table as new_rows for each statement execute function sum_up_documents();
do $$
declare t text;
begin
  foreach t in array array['name_dictionary', 'open_positions', 'document_sums'] loop
    execute format('grant select, insert on %I to iris_app', t);
    execute format('grant select on %I to iris_dbt', t);
  end loop;
  grant update, delete on open_positions to iris_app;
  grant execute on function name_words(text) to public;
  create trigger refuse_change before update or delete or truncate on document_sums for each statement execute function refuse_change();
end $$;

-- ---------------------------------------------------------------- indexes
create index documents_newest on documents (issue_date, id);
create index documents_estimated on documents (issue_date, id) where is_estimated;
create index documents_number_end on documents (reverse(number));
drop index documents_number_trgm;
create index customers_of_kind on customers (kind, search_name, id);
create index payments_newest on payments (booked_on, id);
create index supplies_of_point on contract_supply_points (supply_point_id) where superseded_at is null;
create index supply_points_rare_medium on supply_points (medium, dso_code);
-- Columns that a billing run leaves empty: the same promises, without an entry for every bill.
alter table documents drop constraint documents_invoice_id_version_no_key;
create unique index documents_version on documents (invoice_id, version_no) where invoice_id is not null;
alter table ledger_transfers drop constraint ledger_transfers_reverses_id_key;
create unique index ledger_transfers_reversed_once on ledger_transfers (reverses_id) where reverses_id is not null;
drop index ledger_transfers_payment_id_idx;
create index ledger_transfers_of_payment on ledger_transfers (payment_id) where payment_id is not null;
alter table open_items drop constraint open_items_reverses_id_key, drop constraint open_items_payment_version_key,
  drop constraint open_items_note_id_key, drop constraint open_items_refund_id_key, drop constraint open_items_write_off_id_key;
create unique index open_items_reversed_once on open_items (reverses_id) where reverses_id is not null;
create unique index open_items_payment_version on open_items (payment_id, version_no) where payment_id is not null;
create unique index open_items_of_note on open_items (note_id) where note_id is not null;
create unique index open_items_of_refund on open_items (refund_id) where refund_id is not null;
create unique index open_items_of_write_off on open_items (write_off_id) where write_off_id is not null;
-- The database sorts text by its bytes, so unique indexes already find beginnings.
drop index customers_number_start, supply_points_code_start;
reset role;

-- ---------------------------------------------------------------- what is there already
-- As administrator, because row-level security shows customers and money to the staff application's role alone.
insert into name_dictionary select distinct unnest(name_words(search_name)) from customers;
insert into open_positions
select l.id, l.customer_id, l.document_id, d.run_id, d.kind, d.issue_date, l.due_date, l.left_amount
  from (select i.id, i.customer_id, i.document_id, i.due_date, i.amount - coalesce(b.used, 0) + coalesce(c.used, 0) as left_amount
          from open_items i
          left join (select debt_item_id as id, sum(amount) as used from allocations group by 1) b on b.id = i.id
          left join (select credit_item_id as id, sum(amount) as used from allocations group by 1) c on c.id = i.id) l
  left join documents d on d.id = l.document_id
 where l.left_amount <> 0;
insert into document_sums (issue_date, kind, run_id, is_estimated, documents, energy_kwh, net_amount, gross_amount)
select issue_date, kind, run_id, is_estimated, count(*), sum(energy_kwh), sum(net_amount), sum(gross_amount)
  from documents group by 1, 2, 3, 4;
