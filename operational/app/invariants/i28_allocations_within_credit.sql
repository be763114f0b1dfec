-- I28 | allocations do not use more of a credit than it has
select 'open item ' || i.id as record, format('credit %s, used %s', -i.amount, sum(a.amount)) as detail
from operational.open_items i join operational.allocations a on a.credit_item_id = i.id
group by i.id having i.amount >= 0 or sum(a.amount) > -i.amount or sum(a.amount) < 0
