-- The next step of every case with the debts it is about: the first possible one that has unprotected debts late and large
-- enough and a channel that reaches the payer. At most one a night.
create temp table dunning_chosen on commit drop as
with ripe as (
  select q.case_id, q.step_id, sum(d.open_amount) as total, array_agg(d.open_item_id) as open_item_ids
  from pg_temp.dunning_possible q
  join pg_temp.dunning_debts d on d.customer_id = q.customer_id and d.days_overdue >= q.min_item_days
  where not exists (select from pg_temp.dunning_blocks b where b.open_item_id = d.open_item_id and b.step_kind in ('', q.kind))
    and (q.anchor_step = '' or exists (select from operational.dunning_action_items x
                                        where x.action_id = q.anchor_action_id and x.open_item_id = d.open_item_id))
  group by q.case_id, q.step_id, q.anchor_step, q.day_offset, q.day_unit, q.min_total, q.credit
  having sum(d.open_amount) - q.credit > q.min_total
    and (q.anchor_step <> '' or case q.day_unit when 'calendar' then max(d.days_overdue) else max(d.working_days_overdue) end >= q.day_offset)
)
select distinct on (q.case_id) q.case_id, q.customer_id, q.step_id, q.step_code, q.kind, q.stage, q.template_code, r.total,
  coalesce(h.channel, '') as channel, r.open_item_ids
from ripe r
join pg_temp.dunning_possible q on q.case_id = r.case_id and q.step_id = r.step_id
left join lateral (
  select w.channel from unnest(string_to_array(q.channels, ',')) with ordinality as w(channel, place)
  where case w.channel when 'sms' then q.has_phone when 'email' then q.has_email else true end order by w.place limit 1
) h on true
where q.channels = '' or h.channel is not null
order by q.case_id, q.position
