-- I50 | the instalments of a plan add up to the debts it covers, and a debt is covered by one running plan
select p.number as record, format('plan %s, debts %s, instalments %s', p.amount, d.amount, s.amount) as detail
from operational.instalment_plans p
left join (select agreement_id, sum(amount) as amount from operational.instalment_items group by 1) d on d.agreement_id = p.id
left join (select agreement_id, sum(amount) as amount from operational.instalments group by 1) s on s.agreement_id = p.id
where p.amount is distinct from d.amount or p.amount is distinct from s.amount
union all
select 'open item ' || m.open_item_id, count(*) || ' running plans'
from operational.instalment_items m join operational.instalment_plans p on p.id = m.agreement_id
where p.status = 'active' group by m.open_item_id having count(*) > 1
