-- Sales, contracts and switching: what was missing between the rooms.
set role iris_owner;
set search_path = operational, public;

-- Where post goes on a day: invoices to their own address, else to that of correspondence; null when only the main address is known.
create function mailing_address(wanted_customer bigint, wanted_day date, wanted_use text) returns bigint language sql stable as $$
  select x.address_id from operational.customer_addresses x
   where x.customer_id = wanted_customer and x.superseded_at is null and x.kind in (wanted_use, 'correspondence') and x.kind <> 'site'
     and x.valid_from <= wanted_day and (x.valid_to is null or x.valid_to > wanted_day)
   order by x.kind = 'correspondence' limit 1 $$;

-- Debts of a complaint that was accepted with a correction to come: until the correction is issued, or billing closed its task because
-- none is due, nobody is dunned for them.
alter table dunning_guards drop constraint dunning_guards_fact_check;
alter table dunning_guards add constraint dunning_guards_fact_check check (fact in ('', 'dispute', 'open_dispute', 'instalment', 'vulnerable',
  'support_programme', 'deceased', 'bankruptcy', 'hold', 'awaits_correction'));
create view debts_awaiting_correction with (security_invoker = true) as
select c.customer_id, i.open_item_id, c.id as complaint_id, c.answered_on as since
  from complaints c
  cross join lateral unnest(c.disputed_item_ids) as i (open_item_id)
  join documents d on d.id = c.document_id
 where c.outcome in ('accepted', 'partly') and c.remedy in ('re_reading', 'price_fix', 'recalculation')
   and not exists (select from documents x where x.invoice_id = coalesce(d.invoice_id, d.id) and x.kind = 'correction' and x.issue_date >= c.answered_on)
   and not exists (select from activities a where a.link_kind = 'complaint' and a.link_id = c.id and a.kind = 'task'
     having count(*) > 0 and count(*) filter (where a.done_at is null) = 0);
grant select on debts_awaiting_correction to iris_app, iris_dbt;
create index complaints_with_correction on complaints (customer_id) where outcome in ('accepted', 'partly');

reset role;
reset search_path;
