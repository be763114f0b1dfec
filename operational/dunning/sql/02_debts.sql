-- Their unpaid debts, with the due date moved off days off (Civil Code art. 115) and the days that passed since.
create temp table dunning_debts on commit drop as
with used as (
  select a.debt_item_id, sum(a.amount) as used from operational.allocations a where a.customer_id = any(:ids) group by a.debt_item_id
)
select i.id as open_item_id, i.customer_id, i.document_id, i.note_id, i.amount - coalesce(u.used, 0) as open_amount, k.effective_due as due_date,
  :as_of - k.effective_due as days_overdue, today.working_no - moved.working_no as working_days_overdue
from operational.open_items i
left join used u on u.debt_item_id = i.id
join pg_temp.dunning_days k on k.day = i.due_date
join pg_temp.dunning_days moved on moved.day = k.effective_due
join pg_temp.dunning_days today on today.day = :as_of
where i.customer_id = any(:ids) and i.amount > 0 and num_nonnulls(i.document_id, i.note_id) = 1 and i.amount > coalesce(u.used, 0)
