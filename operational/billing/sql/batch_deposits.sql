-- What the deposits of prosumers pay of the batch, lots first in first out, and what corrections give back, last used first.
-- A deposit pays energy bought, with its VAT (section of sale without additional services), never distribution; it is a means of
-- payment, so the sums of the document stay as they are. Renewable Energy Act art. 4c. Points without lots cost one index look-up.
create temp table batch_deposits on commit drop as
with account as (
  select m.n, m.position, m.scope_key, m.customer_id, m.supply_point_id, m.invoice_id
    from batch_members m
   where exists (select from operational.deposit_lots t
                  where t.customer_id = m.customer_id and t.supply_point_id = m.supply_point_id)
),
sale as (
  select a.n, l.vat_rate, 0::numeric as before, l.net_after - l.net_before as change
    from account a
    join batch_lines l on l.n = a.n
   where l.section = 'sale' and l.charge_code not like '%service\_%'
  union all
  select a.n, l.vat_rate, l.net_after - l.net_before, 0
    from account a
    join operational.billing_scopes s on s.scope_key = a.scope_key
    join operational.document_lines l on l.scope_id = s.id
   where a.invoice_id is not null and l.section = 'sale' and l.charge_code not like '%service\_%'
),
rated as (select n, vat_rate, sum(before) as before, sum(before) + sum(change) as after from sale group by n, vat_rate),
owed as (
  select n, sum(before + round(before * vat_rate, 2)) as gross_before, sum(after + round(after * vat_rate, 2)) as gross_after
    from rated group by n
),
used_lot as (
  -- What earlier documents of the chain took, by lot.
  select a.n, t.id as lot_id, t.feed_in_month, -sum(e.amount) as used
    from account a
    join operational.documents d on d.id = a.invoice_id or d.invoice_id = a.invoice_id
    join operational.deposit_entries e on e.document_id = d.id and e.kind in ('use', 'return')
    join operational.deposit_lots t on t.id = e.lot_id and t.supply_point_id = a.supply_point_id
   where a.invoice_id is not null
   group by a.n, t.id, t.feed_in_month
),
wanted as (
  select a.*, coalesce(u.used, 0) as used, o.gross_after,
         greatest(0, least(o.gross_after - coalesce(u.used, 0), o.gross_after - o.gross_before)) as want,
         greatest(0, coalesce(u.used, 0) - greatest(o.gross_after, 0)) as give_back
    from account a
    join owed o on o.n = a.n
    left join (select n, sum(used) as used from used_lot group by n) u on u.n = a.n
),
queued as (
  select w.*, sum(w.want) over (partition by w.customer_id, w.supply_point_id order by w.position, w.scope_key) as want_until
    from wanted w where w.want > 0
),
lot as (
  select t.id as lot_id, t.customer_id, t.supply_point_id, t.feed_in_month, b.balance,
         sum(b.balance) over (partition by t.customer_id, t.supply_point_id order by t.feed_in_month) as balance_until
    from (select distinct customer_id, supply_point_id from queued) q
    join operational.deposit_lots t on t.customer_id = q.customer_id and t.supply_point_id = q.supply_point_id
    cross join lateral (select sum(e.amount) as balance from operational.deposit_entries e where e.lot_id = t.id) b
   where t.assigned_on <= cast(:issue_date as date) and t.expires_on > cast(:issue_date as date) and b.balance > 0
),
back as (
  select w.n, w.position, w.customer_id, w.supply_point_id, u.lot_id, u.feed_in_month, w.give_back, u.used,
         sum(u.used) over (partition by w.n order by u.feed_in_month desc) as used_until
    from wanted w join used_lot u on u.n = w.n
   where w.give_back > 0 and u.used > 0
)
select q.position, q.n, q.customer_id, q.supply_point_id, t.lot_id, t.feed_in_month, 'use' as kind,
       -(least(q.want_until, t.balance_until) - greatest(q.want_until - q.want, t.balance_until - t.balance)) as amount
  from queued q
  join lot t on t.customer_id = q.customer_id and t.supply_point_id = q.supply_point_id
   and t.balance_until > q.want_until - q.want and t.balance_until - t.balance < q.want_until
union all
select position, n, customer_id, supply_point_id, lot_id, feed_in_month, 'return',
       least(used, give_back - (used_until - used))
  from back
 where used_until - used < give_back
