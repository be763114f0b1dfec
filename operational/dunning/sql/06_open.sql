-- A payer without a case gets one when a debt that nothing protects is late enough and the arrears are large enough.
with arrears as (
  select p.customer_id, p.kind, sum(d.open_amount) - p.credit as total
  from pg_temp.dunning_payers p
  join pg_temp.dunning_debts d on d.customer_id = p.customer_id and d.days_overdue >= 1
  where not exists (select from pg_temp.dunning_blocks b where b.customer_id = p.customer_id and b.open_item_id is null and b.step_kind = '')
    and not exists (select from pg_temp.dunning_blocks b where b.open_item_id = d.open_item_id and b.step_kind = '')
    and not exists (select from operational.dunning_cases c where c.customer_id = p.customer_id and c.closed_on is null)
  group by p.customer_id, p.kind, p.credit
  having max(d.days_overdue) >= :opening_days and sum(d.open_amount) - p.credit >= :opening_total
),
opened as (
  insert into operational.dunning_cases (customer_id, procedure_id, case_no, opened_on)
  select a.customer_id, r.procedure_id, 1 + coalesce((select max(c.case_no) from operational.dunning_cases c where c.customer_id = a.customer_id), 0), :as_of
  from arrears a
  join pg_temp.dunning_choices r on r.kind = a.kind and a.total >= r.min_amount and (r.below is null or a.total < r.below)
  order by a.customer_id
  returning id, customer_id, procedure_id
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
select id, customer_id, 'opened', :as_of, jsonb_build_object('procedure_id', procedure_id) from opened order by id
