-- I31 | interest runs only from the day after a due date
select 'note ' || n.number as record, format('due %s, interest from %s', i.due_date, l.period_from) as detail
from operational.interest_note_lines l join operational.interest_notes n on n.id = l.note_id
join operational.open_items i on i.id = l.open_item_id
where l.kind = 'interest' and l.period_from <= i.due_date
