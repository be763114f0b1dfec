-- Every overdue debt of a payer belongs to the open case.
insert into operational.dunning_case_items (case_id, open_item_id, joined_on)
select c.id, d.open_item_id, :as_of
from operational.dunning_cases c
join pg_temp.dunning_debts d on d.customer_id = c.customer_id and d.days_overdue >= 1
where c.closed_on is null
order by c.id, d.open_item_id
on conflict do nothing
