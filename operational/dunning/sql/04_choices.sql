-- The procedure of every customer kind today, by the amount from which it holds: a kind's own before one for any kind.
create temp table dunning_choices on commit drop as
with best as (
  select distinct on (k.kind, q.min_amount) k.kind, q.min_amount, q.id as procedure_id, q.code, q.version_no
  from operational.dunning_procedures q
  join (values ('household'), ('business'), ('public')) as k(kind) on q.customer_kind in ('any', k.kind)
  where q.status = 'approved' and q.valid_from <= :as_of and (q.valid_to is null or q.valid_to > :as_of)
  order by k.kind, q.min_amount, q.customer_kind = 'any', q.code, q.version_no desc
)
select b.*, lead(b.min_amount) over (partition by b.kind order by b.min_amount) as below from best b
