-- I60 | no message was taken over twice by a channel, unless a person tried it again
select m.key as record, format('%s times by %s', count(*), e.channel) as detail
from operational.message_events e
join operational.messages m on m.id = e.message_id
where e.kind = 'accepted'
  and not exists (select from operational.message_events r where r.message_id = m.id and r.kind = 'retried')
group by m.id, m.key, e.channel
having count(*) > 1
