-- I61 | every letter that went out stands in exactly one batch that is no reprint
select m.key as record, format('%s batches', count(b.id)) as detail
from operational.messages m
left join operational.letter_batch_items i on i.message_id = m.id
left join operational.letter_batches b on b.id = i.batch_id and b.reprint_of is null
where m.channel = 'letter' and m.status in ('sent', 'delivered')
group by m.id, m.key
having count(b.id) <> 1
