-- Finance: refunds cleared, notes found by their numbers, court letters.
set role iris_owner;
set search_path = operational, public;

-- ---------------------------------------------------------------- a refund is paid when the bank says that its transfer left
alter table refunds drop constraint refunds_status_check,
  add constraint refunds_status_check check (status in ('requested', 'approved', 'exported', 'paid', 'rejected')),
  add column paid_on date, add column bank_line_id bigint unique,
  add constraint refund_paid_by_line check ((status = 'paid') = (paid_on is not null) and (paid_on is null) = (bank_line_id is null));
create index refunds_under_way on refunds (amount) where status = 'exported';

-- ---------------------------------------------------------------- a request from dunning to write the debts of a case off
alter table write_offs add column dunning_case_id bigint references dunning_cases;
create index on write_offs (dunning_case_id) where dunning_case_id is not null;

-- ---------------------------------------------------------------- every account has a number, and a place in the ERP
update accounts a set number = v.number from (values ('prosumer_deposit', '249-4'), ('deposit_refunds', '249-5'), ('energy_purchased', '731-1'))
  as v (code, number) where v.code = a.code and a.number = '';
select set_config('app.actor', 'system:migration', false);
insert into erp_account_map (account_code, erp_account, valid_from, source)
  select a.code, a.number, '2016-01-01', 'sample value, not official' from accounts a
  where a.number <> '' and not exists (select from erp_account_map m where m.account_code = a.code and m.superseded_at is null);
select set_config('app.actor', '', false);
reset role;

set role iris_loader;
-- Finds the transfer by which a refund left.
create index bank_lines_out on raw.bank_lines (booked_on) where amount < 0 and not is_reversal;
reset role;
reset search_path;

-- ---------------------------------------------------------------- a statement that does not add up is shown: opening, lines, closing
set role iris_loader;
alter table raw.rejected_files add column details jsonb, add column resolution text not null default '';
reset role;
grant update (resolution) on raw.rejected_files to iris_app;

-- ---------------------------------------------------------------- the PDF of a note in the portal reads where the customer's post goes
set role iris_owner;
alter table operational.customer_addresses enable row level security;
alter table operational.customer_addresses force row level security;
create policy staff on operational.customer_addresses to iris_app using (true) with check (true);
create policy warehouse on operational.customer_addresses for select to iris_dbt using (true);
create policy portal on operational.customer_addresses for select to iris_ebok using (customer_id = (select sec.customer_of_token()));
grant select on operational.customer_addresses to iris_ebok;
reset role;
