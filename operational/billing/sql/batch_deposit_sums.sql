-- What stands about the deposit on each document: amounts by month of feed-in, what is left to pay, what is left on the deposit.
create temp table batch_deposit_sums on commit drop as
with moved as (
  select position, sum(amount) as amount, json_agg(json_build_object('month', feed_in_month, 'kind', kind, 'amount', abs(amount))
           order by feed_in_month, kind) as entries
    from batch_deposits group by position
),
point as (select distinct position, customer_id, supply_point_id from batch_deposits),
remaining as (
  select p.position, sum(e.amount) as amount
    from point p
    join operational.deposit_lots t on t.customer_id = p.customer_id and t.supply_point_id = p.supply_point_id
    join operational.deposit_entries e on e.lot_id = t.id
   where t.assigned_on <= cast(:issue_date as date) and t.expires_on > cast(:issue_date as date)
   group by p.position
),
within_batch as (
  -- Documents of the batch that come before, or are this one, have taken from the same points.
  select p.position, sum(b.amount) as amount
    from point p
    join batch_deposits b on b.supply_point_id = p.supply_point_id and b.customer_id = p.customer_id and b.position <= p.position
   group by p.position
)
select m.position, m.amount, jsonb_build_object('deposit', jsonb_build_object('entries', m.entries, 'used', -m.amount,
         'to_pay', h.net + h.vat + m.amount, 'left', coalesce(r.amount, 0) + w.amount)) as content
  from moved m
  join batch_heads h on h.position = m.position
  join within_batch w on w.position = m.position
  left join remaining r on r.position = m.position
