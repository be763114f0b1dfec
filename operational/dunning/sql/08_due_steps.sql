-- The next step of every case, if its day has come and nothing forbids it: at most one a night.
-- Steps about supply (notice, order) and about the claim are two tracks; within a track a step never follows a later one.
create temp table dunning_chosen on commit drop as
with cases as (
  select c.id as case_id, c.customer_id, c.procedure_id, c.last_step_on, p.has_phone, p.has_email, p.credit
  from operational.dunning_cases c
  join pg_temp.dunning_payers p on p.customer_id = c.customer_id
  where c.closed_on is null and (c.last_step_on is null or c.last_step_on < :as_of)
),
steps as (
  select s.*, r.id as procedure_id, s.kind in ('suspension_notice', 'suspension_order') as is_supply
  from operational.dunning_steps s
  join operational.dunning_procedures r on r.code = s.procedure_code and r.version_no = s.version_no
),
fired as (
  select a.case_id, a.id as action_id, s.step_code, s.position, s.is_supply, a.pay_by,
    case when y.id is not null then y.delivered_on else a.fired_on + n.days end as delivered_on
  from cases c
  join operational.dunning_actions a on a.case_id = c.case_id
  join steps s on s.id = a.step_id
  left join operational.dunning_deliveries y on y.action_id = a.id
  left join operational.dunning_delivery_days n on n.channel = a.channel
),
furthest as (
  select case_id, max(position) filter (where is_supply) as supply, max(position) filter (where not is_supply) as claim from fired group by case_id
),
possible as (
  select c.case_id, c.customer_id, c.credit, c.has_phone, c.has_email, f.action_id as anchor_action_id,
    s.id as step_id, s.step_code, s.position, s.kind, s.stage, s.channels, s.template_code, s.min_total,
    greatest(s.min_item_days, 1) as min_item_days, s.anchor_step, s.day_offset, s.day_unit
  from cases c
  join steps s on s.procedure_id = c.procedure_id and s.kind <> 'reminder'
  join pg_temp.dunning_days today on today.day = :as_of
  join pg_temp.dunning_days tomorrow on tomorrow.day = :as_of + 1
  left join furthest u on u.case_id = c.case_id
  left join fired f on s.anchor_step <> '' and f.case_id = c.case_id and f.step_code = s.anchor_step
  left join pg_temp.dunning_days delivered on delivered.day = f.delivered_on
  where case when :by_hand = '' then not s.is_manual else s.step_code = :by_hand end
    and s.position > coalesce(case when s.is_supply then u.supply else u.claim end, 0)
    and (c.last_step_on is null or c.last_step_on + s.min_gap_days <= :as_of)
    and (s.day_rule = 'any' or today.is_working) and (s.day_rule <> 'before_working' or tomorrow.is_working)
    and (s.anchor_step = '' or (f.delivered_on <= :as_of and coalesce(f.pay_by < :as_of, true)
      and case s.day_unit when 'calendar' then :as_of - f.delivered_on else today.working_no - delivered.working_no end >= s.day_offset))
    and not exists (select from pg_temp.dunning_blocks b
                     where b.customer_id = c.customer_id and b.open_item_id is null and b.step_kind in ('', s.kind))
),
items as (
  select q.case_id, q.step_id, d.open_item_id, d.open_amount, d.due_date, d.days_overdue, d.working_days_overdue
  from possible q
  join pg_temp.dunning_debts d on d.customer_id = q.customer_id and d.days_overdue >= q.min_item_days
  where not exists (select from pg_temp.dunning_blocks b where b.open_item_id = d.open_item_id and b.step_kind in ('', q.kind))
    and (q.anchor_step = '' or exists (select from operational.dunning_action_items x
                                        where x.action_id = q.anchor_action_id and x.open_item_id = d.open_item_id))
),
ripe as (
  select q.case_id, q.step_id, sum(i.open_amount) as total
  from possible q
  join items i on i.case_id = q.case_id and i.step_id = q.step_id
  group by q.case_id, q.step_id, q.anchor_step, q.day_offset, q.day_unit, q.min_total, q.credit
  having sum(i.open_amount) - q.credit > q.min_total
    and (q.anchor_step <> '' or case q.day_unit when 'calendar' then max(i.days_overdue) else max(i.working_days_overdue) end >= q.day_offset)
),
reached as (
  select distinct on (q.case_id) q.case_id, q.customer_id, q.step_id, q.step_code, q.kind, q.stage, q.template_code, r.total, coalesce(h.channel, '') as channel
  from ripe r
  join possible q on q.case_id = r.case_id and q.step_id = r.step_id
  left join lateral (
    select w.channel from unnest(string_to_array(q.channels, ',')) with ordinality as w(channel, place)
    where case w.channel when 'sms' then q.has_phone when 'email' then q.has_email else true end order by w.place limit 1
  ) h on true
  where q.channels = '' or h.channel is not null
  order by q.case_id, q.position
)
select c.*, array_agg(i.open_item_id order by i.open_item_id) as open_item_ids
from reached c
join items i on i.case_id = c.case_id and i.step_id = c.step_id
group by c.case_id, c.customer_id, c.step_id, c.step_code, c.kind, c.stage, c.template_code, c.total, c.channel
