-- Recovery compensation (Act of 8 March 2013 art. 10): once for each bill of a business that was late, by its unpaid amount, at the
-- mean rate of the last working day of the month before the one in which the bill was due. Without a rate the bill waits.
insert into note_lines_due
with late as (
  select distinct on (p.open_item_id) p.customer_id, p.open_item_id, p.principal, p.period_from, p.effective_due_date
    from $target_interest p where cast(:customers as bigint[]) is null or p.customer_id = any(:customers)
   order by p.open_item_id, p.period_from
)
select l.customer_id, 'compensation_note', l.open_item_id, 'compensation', '', l.period_from, l.period_from + 1, l.principal, null,
       b.eur, r.rate, round(b.eur * r.rate, 2)
  from late l
  join operational.customers c on c.id = l.customer_id
  join operational.finance_policies f on f.customer_kind = c.kind and f.superseded_at is null and f.has_compensation
   and f.valid_from <= l.effective_due_date and (f.valid_to is null or f.valid_to > l.effective_due_date)
  join operational.compensation_brackets b on b.superseded_at is null and b.valid_from <= l.period_from
   and (b.valid_to is null or b.valid_to > l.period_from) and b.amount_from <= l.principal
   and (b.amount_below is null or b.amount_below > l.principal)
  join lateral (select n.rate from operational.nbp_eur_rates n where n.superseded_at is null
                   and n.day < date_trunc('month', l.effective_due_date)::date
                   and n.day >= (date_trunc('month', l.effective_due_date) - interval '1 month')::date
                 order by n.day desc limit 1) r on true
 where not exists (select from operational.interest_note_lines k where k.open_item_id = l.open_item_id and k.kind = 'compensation')
