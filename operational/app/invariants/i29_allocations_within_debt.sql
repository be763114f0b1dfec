-- I29 | allocations do not pay more of a debt than it is
select 'open item ' || i.id as record, format('debt %s, paid %s', i.amount, sum(a.amount)) as detail
from operational.open_items i join operational.allocations a on a.debt_item_id = i.id
group by i.id having i.amount <= 0 or sum(a.amount) > i.amount or sum(a.amount) < 0
