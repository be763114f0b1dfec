-- Foreign keys of the tables that the issue step fills by the hundred thousand, checked once per statement.
-- PostgreSQL checks a foreign key row by row; on these tables that was a third of the time of a billing run. Their parents can
-- never lose a row (documents, ledger and accounts have no delete right for anyone, customers and contracts neither), so a
-- check of the inserted rows alone is as strict as the constraint. Keys that are null in a billing run stay constraints.
set role iris_owner;
set search_path = operational, public;

-- Arguments in threes: column, table it refers to, key there.
create function check_references() returns trigger language plpgsql as $$
declare i integer := 0; is_missing boolean;
begin
  while i < tg_nargs loop
    execute format('select exists (select from (select distinct %1$I as v from new_rows where %1$I is not null) n
                                    where not exists (select from operational.%2$I t where t.%3$I = n.v))',
                   tg_argv[i], tg_argv[i + 1], tg_argv[i + 2]) into is_missing;
    if is_missing then
      raise exception '%.% refers to a row that is not in %', tg_table_name, tg_argv[i], tg_argv[i + 1]
        using errcode = 'foreign_key_violation';
    end if;
    i := i + 3;
  end loop;
  return null;
end $$;

drop trigger check_references on document_lines;
drop function check_document_lines();
alter table documents drop constraint documents_series_fkey, drop constraint documents_customer_id_fkey,
  drop constraint documents_contract_id_fkey, drop constraint documents_run_id_fkey;
alter table document_vat drop constraint document_vat_document_id_fkey;
alter table billing_scopes drop constraint billing_scopes_contract_id_fkey, drop constraint billing_scopes_supply_point_id_fkey,
  drop constraint billing_scopes_customer_id_fkey, drop constraint billing_scopes_invoice_id_fkey;
alter table ledger_transfers drop constraint ledger_transfers_debit_account_fkey, drop constraint ledger_transfers_credit_account_fkey,
  drop constraint ledger_transfers_customer_id_fkey, drop constraint ledger_transfers_document_id_fkey;
alter table open_items drop constraint open_items_customer_id_fkey, drop constraint open_items_document_id_fkey;

create trigger check_references after insert on document_lines referencing new table as new_rows for each statement
  execute function check_references('document_id', 'documents', 'id', 'scope_id', 'billing_scopes', 'id', 'charge_code', 'charges', 'code');
create trigger check_references after insert on documents referencing new table as new_rows for each statement
  execute function check_references('series', 'number_series', 'code', 'customer_id', 'customers', 'id', 'contract_id', 'contracts', 'id',
                                    'run_id', 'billing_runs', 'id');
create trigger check_references after insert on document_vat referencing new table as new_rows for each statement
  execute function check_references('document_id', 'documents', 'id');
create trigger check_references after insert on billing_scopes referencing new table as new_rows for each statement
  execute function check_references('contract_id', 'contracts', 'id', 'supply_point_id', 'supply_points', 'id', 'customer_id', 'customers',
                                    'id', 'invoice_id', 'documents', 'id');
create trigger check_references_after_update after update on billing_scopes referencing new table as new_rows for each statement
  execute function check_references('invoice_id', 'documents', 'id');
create trigger check_references after insert on ledger_transfers referencing new table as new_rows for each statement
  execute function check_references('debit_account', 'accounts', 'code', 'credit_account', 'accounts', 'code', 'customer_id', 'customers',
                                    'id', 'document_id', 'documents', 'id');
create trigger check_references after insert on open_items referencing new table as new_rows for each statement
  execute function check_references('customer_id', 'customers', 'id', 'document_id', 'documents', 'id');

-- Terms of a point and exceptions of a scope are looked up for every bill; the exclusion constraint's index is slow for that.
create index on supply_point_terms (supply_point_id) where superseded_at is null;
create index on billing_exceptions (scope_key);
reset role;
