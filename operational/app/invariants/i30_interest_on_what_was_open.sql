-- I30 | interest is asked for on no more than what was open on its first day
select 'note ' || n.number as record, format('bill %s from %s: principal %s, open %s', l.open_item_id, l.period_from, l.principal, o.amount) as detail
from operational.interest_note_lines l join operational.interest_notes n on n.id = l.note_id
cross join lateral (
  select i.amount - coalesce((select sum(a.amount) from operational.allocations a
    where a.debt_item_id = i.id and a.business_date < l.period_from and a.recorded_at <= n.recorded_at), 0) as amount
  from operational.open_items i where i.id = l.open_item_id) o
where l.kind = 'interest' and l.principal > o.amount
