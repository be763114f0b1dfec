-- One note for each customer and kind that has something to ask for (or to give back): above the threshold of the kind of customer,
-- and with the next bill when the customer wants it so - then only beside a bill that is still to be paid.
create temp table note_heads_due on commit drop as
with sums as (
  select customer_id, note_kind, sum(amount) as amount from note_lines_due group by customer_id, note_kind
)
select s.customer_id, s.note_kind, s.amount, cast(:issue_date as date) as issue_date, p.through, greatest(coalesce(b.due_date, cast(:issue_date as date) + f.note_term_days), cast(:issue_date as date)) as due_date,
       case when b.id is null then 'run' else 'next_bill' end as origin, b.id as bill_id
  from sums s
  cross join (select max(through) as through from $target_interest) p
  join operational.customers c on c.id = s.customer_id
  join operational.finance_policies f on f.customer_kind = c.kind and f.superseded_at is null and f.valid_from <= :issue_date
   and (f.valid_to is null or f.valid_to > :issue_date)
  left join operational.customer_finance_terms t on t.customer_id = c.id and t.superseded_at is null and t.valid_from <= :issue_date
   and (t.valid_to is null or t.valid_to > :issue_date)
  left join lateral (
    select d.id, d.due_date from operational.documents d
     where t.interest_mode = 'next_bill' and d.customer_id = c.id and d.kind = 'invoice' and d.issue_date <= :issue_date
       and d.due_date >= :issue_date
       and not exists (select from operational.interest_notes n where n.bill_id = d.id and n.kind = s.note_kind)
     order by d.issue_date desc, d.id desc limit 1) b on true
 where coalesce(t.interest_mode, 'note') <> 'none' and (coalesce(t.interest_mode, 'note') <> 'next_bill' or b.id is not null)
   and (s.amount < 0 or s.amount > 0 and (s.amount >= f.smallest_note or s.note_kind = 'compensation_note'))
