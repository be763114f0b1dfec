-- I62 | a message that left its channel went on by another, and none went on twice
select m.key as record, format('%s replacements', count(n.id)) as detail
from operational.messages m
left join operational.messages n on n.replaces_id = m.id
group by m.id, m.key, m.status
having count(n.id) <> (m.status = 'replaced')::int
