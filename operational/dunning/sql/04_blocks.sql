-- Which kind of step ('' = every) a guard forbids today, for a payer (open_item_id null) or for one debt.
create temp table dunning_blocks on commit drop as
with guards as (
  select g.code, g.fact, g.step_kind, g.customer_kind
  from operational.dunning_guards_on(:as_of) g
)
select distinct f.customer_id, f.open_item_id, g.step_kind, g.code
from guards g
join pg_temp.dunning_facts f on f.fact = g.fact
join pg_temp.dunning_payers p on p.customer_id = f.customer_id
where g.customer_kind in ('', p.kind)
union all
select p.customer_id, null, g.step_kind, g.code
from guards g
join pg_temp.dunning_payers p on g.customer_kind in ('', p.kind)
where g.fact = ''
