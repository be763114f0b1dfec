-- I52 | balances that moved to another customer add up to nothing, and no debit note asks for less than nothing
select 'move ' || m.id as record, format('moved %s, legs %s', m.amount, coalesce(n.legs, '-')) as detail
from operational.balance_moves m
left join (select move_id, sum(amount) as amount, count(*) as notes, max(amount) as most,
             string_agg(amount::text, ' ' order by id) as legs
           from operational.interest_notes where move_id is not null group by 1) n on n.move_id = m.id
where n.notes is distinct from 2 or n.amount <> 0 or n.most <> m.amount
union all
select 'termination ' || t.number, format('debit notes ask for %s', sum(n.amount))
from operational.interest_notes n join operational.terminations t on t.id = n.termination_id
group by t.id, t.number having sum(n.amount) < 0
