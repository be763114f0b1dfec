-- A payment that the bank took back, or that a person took from one customer and gave to another.
set role iris_owner;
set search_path = operational, public;

-- Set when the bank reversed the credit: the payment is neither the customer's nor in suspense any more.
alter table payments add column reversed_on date;
-- The open item of a payment is never changed: taking it back is another item with the opposite sign (reverses_id),
-- giving it to another customer is a third one. version_no counts them, so a double click cannot make two.
alter table open_items add column version_no smallint not null default 1 check (version_no >= 1),
  add column reverses_id bigint unique references open_items,
  drop constraint open_items_payment_id_key,
  add constraint open_items_payment_version_key unique (payment_id, version_no),
  add check (reverses_id is null or (payment_id is not null and amount > 0));
-- Finds debts of the very amount that waits in suspense.
create index on open_items (amount) where document_id is not null and amount > 0;
-- Finds the payment that a reversal takes back, and earlier payments from the same account.
create index on payments (amount, booked_on);
create index on payments (payer_account) where payer_account <> '' and customer_id is not null;
reset role;

set role iris_loader;
set search_path = raw, public;
-- The bank's own mark: RC takes back a credit (amount < 0), RD takes back a debit (amount > 0).
alter table bank_lines add column is_reversal boolean not null default false;
create index on bank_lines (booked_on) where is_reversal;
create index on bank_statements (file_id);
reset role;
reset search_path;
