-- Limits of the billing guards as data, and the one definition of what an issued document's hash covers.
set role iris_owner;
set search_path = operational, public;

create table billing_limits (
  id bigint generated always as identity primary key, code text not null unique, value numeric not null check (value >= 0 and value <> 'NaN'), description text not null,
  row_version integer not null default 1
);
insert into billing_limits (code, value, description) values
  ('gross_history_factor', 5, 'A document above this many times the customer''s highest of 12 months is parked.'),
  ('gross_history_floor', 1000, 'Below this gross amount in PLN the history is not looked at.'),
  ('gross_cap_household', 20000, 'A household''s scope above this gross amount in PLN is parked.'),
  ('gross_cap_business', 1000000, 'A business or public customer''s scope above this gross amount in PLN is parked.'),
  ('power_kw_without_contract', 110, 'Power in kW assumed for points without contracted power.'),
  ('estimated_share', 1, 'A scope with a larger share of estimated energy is parked (1 = never).'),
  ('run_total_change', 0.30, 'A run whose gross differs more from the previous month needs a reason to be approved.'),
  ('run_count_change', 0.10, 'A run whose number of scopes differs more from the active contracts'' points needs a reason.'),
  ('run_parked_share', 0.02, 'A run with a larger share of parked scopes needs a reason.');
create trigger audit_row after update or delete on billing_limits for each row execute function audit_row();
grant select, update on billing_limits to iris_app;

-- Inlined by the planner, so the issue step pays no function call; the checks recompute the hash by the same words.
create function line_text(line_no integer, line_key text, quantity_before numeric, quantity_after numeric, price_before numeric,
  price_after numeric, net_before numeric, net_after numeric, vat_rate numeric) returns text language sql stable
  return concat_ws('|', line_no, line_key, quantity_before, quantity_after, price_before, price_after, net_before, net_after, vat_rate);
create function lines_digest(lines text) returns text language sql immutable
  return encode(sha256(convert_to(lines, 'UTF8')), 'hex');
create function document_hash(number text, issue_date date, period_from date, period_to date, due_date date, net numeric, vat numeric,
  gross numeric, content jsonb, digest text) returns bytea language sql stable
  return sha256(convert_to(number || '|' || issue_date::text || '|' || period_from::text || '|' || period_to::text || '|' || due_date::text
         || '|' || net::text || '|' || vat::text || '|' || gross::text || '|' || digest || '|' || content::text, 'UTF8'));

-- The hash as it follows from what is stored now; differs from documents.content_hash only if something was tampered with.
create function stored_document_hash(document_id bigint) returns bytea language sql stable
  return (select operational.document_hash(d.number, d.issue_date, d.period_from, d.period_to, d.due_date, d.net_amount, d.vat_amount,
            d.gross_amount, d.content, (select operational.lines_digest(string_agg(operational.line_text(l.line_no, l.line_key,
              l.quantity_before, l.quantity_after, l.price_before, l.price_after, l.net_before, l.net_after, l.vat_rate), chr(10) order by l.line_no))
              from operational.document_lines l where l.document_id = d.id))
          from operational.documents d where d.id = stored_document_hash.document_id);

-- A bill has about ten lines, and a foreign key is checked row by row: three of them took a third of the issue step. What lines
-- refer to can never be deleted (documents are append-only, scopes and charges have no delete right), so one check per statement
-- is as strict. The same lines cannot come twice: scope and version of a document are unique.
alter table document_lines drop constraint document_lines_document_id_fkey, drop constraint document_lines_scope_id_fkey,
  drop constraint document_lines_charge_code_fkey, drop constraint document_lines_document_id_scope_id_line_key_vat_rate_key;
create function check_document_lines() returns trigger language plpgsql as $$
begin
  if exists (select from new_lines n where not exists (select from operational.documents d where d.id = n.document_id))
     or exists (select from (select distinct scope_id from new_lines) n
                 where not exists (select from operational.billing_scopes s where s.id = n.scope_id))
     or exists (select from (select distinct charge_code from new_lines) n
                 where not exists (select from operational.charges c where c.code = n.charge_code)) then
    raise exception 'a document line refers to a document, scope or charge that does not exist' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger check_references after insert on document_lines referencing new table as new_lines
  for each statement execute function check_document_lines();
reset role;
