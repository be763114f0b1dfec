-- I45 | a split payment is its parts to the grosz, and only the money of open payments counts
select 'payment ' || w.id as record, format('payment %s, its parts %s', w.amount, coalesce(sum(p.amount), 0)) as detail
from operational.payments w
left join operational.payments p on p.parent_id = w.id and (p.closed_as is null or p.closed_as in ('split', 'bank', 'channel'))
where w.closed_as = 'split' group by w.id, w.amount having w.amount is distinct from coalesce(sum(p.amount), 0)
union all
select 'payment ' || p.id, format('closed on %s without a reason, or a reason without a day (%s)', p.reversed_on, p.closed_as)
from operational.payments p where (p.reversed_on is null) <> (p.closed_as is null)
union all
select 'payment ' || p.id, format('is open while its whole is %s', coalesce(w.closed_as, 'open'))
from operational.payments p join operational.payments w on w.id = p.parent_id
where p.closed_as is null and w.closed_as is distinct from 'split'
