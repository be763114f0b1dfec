-- Open cases that had no step today yet, with the age of the payer's oldest debt.
create temp table dunning_open on commit drop as
select c.id as case_id, c.customer_id, c.procedure_id, c.last_step_on, p.has_phone, p.has_email, p.credit, d.oldest_days, d.oldest_working_days
from operational.dunning_cases c
join pg_temp.dunning_payers p on p.customer_id = c.customer_id
join (
  select customer_id, max(days_overdue) as oldest_days, max(working_days_overdue) as oldest_working_days
  from pg_temp.dunning_debts group by customer_id
) d on d.customer_id = c.customer_id
where c.customer_id = any(:ids) and c.closed_on is null and c.stage not in ('SOLD', 'WRITTEN_OFF') and (c.last_step_on is null or c.last_step_on < :as_of)
