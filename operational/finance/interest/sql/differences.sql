-- What notes have not asked for yet: proposed interest less notes and waivers, line by line, in a temporary table.
-- Days that a note or waiver has covered are not asked for again; when a later posting changed them, their difference is one line.
create temp table note_lines_due on commit drop as
with asked as (
  select l.open_item_id, sum(l.amount) as amount, max(l.period_to) filter (where l.kind = 'interest') as covered_to
    from operational.interest_note_lines l where l.kind <> 'compensation' group by l.open_item_id
),
waived as (
  select w.open_item_id, sum(w.amount) as amount, max(w.through) + 1 as covered_to
    from operational.interest_waivers w group by w.open_item_id
),
covered as (
  select coalesce(a.open_item_id, w.open_item_id) as open_item_id, coalesce(a.amount, 0) as asked, coalesce(w.amount, 0) as waived,
         greatest(a.covered_to, w.covered_to) as covered_to
    from asked a full join waived w on w.open_item_id = a.open_item_id
),
proposed as (
  select p.*, c.asked, c.waived, coalesce(c.covered_to, p.period_from) as covered_to, c.open_item_id is not null as is_covered,
         p.principal * p.rate_pct * greatest(least(p.period_to, coalesce(c.covered_to, p.period_from)) - p.period_from, 0) as past_weight,
         p.principal * p.rate_pct * greatest(p.period_to - greatest(p.period_from, coalesce(c.covered_to, p.period_from)), 0) as new_weight
    from $target_interest p left join covered c on c.open_item_id = p.open_item_id
   where cast(:customers as bigint[]) is null or p.customer_id = any(:customers)
),
summed as (
  select *, sum(past_weight) over (partition by open_item_id) as past,
         sum(new_weight) over (partition by open_item_id order by period_from) as so_far
    from proposed
),
fresh as (
  select customer_id, open_item_id, 'interest' as kind, rate_kind, greatest(period_from, covered_to) as period_from, period_to, principal,
         rate_pct, round((past + so_far) / (100 * year_days), 2) - round((past + so_far - new_weight) / (100 * year_days), 2) as amount
    from summed where new_weight > 0
),
changed as (
  select customer_id, open_item_id, min(period_from) as period_from, max(covered_to) as period_to, max(asked) as asked, max(waived) as waived,
         round(max(past) / (100 * max(year_days)), 2) as past
    from summed where is_covered group by customer_id, open_item_id
  union all  -- a bill that was not late after all
  select i.customer_id, c.open_item_id, i.due_date, greatest(c.covered_to, i.due_date + 1), c.asked, c.waived, 0
    from covered c join operational.open_items i on i.id = c.open_item_id
   where c.asked > 0 and (cast(:customers as bigint[]) is null or i.customer_id = any(:customers))
     and exists (select from $target_interest)  -- an empty table was lost, it does not say that nobody was late
     and not exists (select from $target_interest p where p.open_item_id = c.open_item_id)
     and not exists (select from operational.customer_finance_terms t where t.customer_id = i.customer_id and t.superseded_at is null
                       and t.interest_mode = 'none' and t.valid_from <= i.due_date and (t.valid_to is null or t.valid_to > i.due_date))
),
adjusted as (
  select customer_id, open_item_id, period_from, greatest(period_to, period_from + 1) as period_to,
         case when past >= asked + waived then past - asked - waived else least(0, past - asked) end as amount
    from changed
   where period_to <= (select max(through) + 1 from $target_interest)  -- days after the last one counted are not judged
)
select customer_id, 'interest_note' as note_kind, open_item_id, kind, rate_kind, period_from, period_to, principal, rate_pct,
       cast(null as numeric) as eur, cast(null as numeric) as eur_rate, amount
  from fresh
union all
select customer_id, 'interest_note', open_item_id, 'adjustment', '', period_from, period_to, 0, null, null, null, amount
  from adjusted where amount <> 0
