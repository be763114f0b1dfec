-- I48 | every note is the sum of its lines, and stands in the ledger and among open items once, at its amount
select n.number as record, format('note %s, lines %s, ledger %s, open item %s', n.amount, l.amount, t.amount, i.amount) as detail
from operational.interest_notes n
left join (select note_id, sum(amount) as amount from operational.interest_note_lines group by 1) l on l.note_id = n.id
left join (select note_id, sum(case when debit_account = 'receivable' then amount else -amount end) as amount
           from operational.ledger_transfers where note_id is not null group by 1) t on t.note_id = n.id
left join operational.open_items i on i.note_id = n.id
where n.amount is distinct from l.amount or n.amount is distinct from t.amount or n.amount is distinct from i.amount
union all
select s.code, format('counter %s, last note %s', s.last_number, coalesce(max(n.sequence), 0))
from operational.note_series s left join operational.interest_notes n on n.series = s.code
group by s.code having s.last_number <> coalesce(max(n.sequence), 0) or count(n.id) <> s.last_number
