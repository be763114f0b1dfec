-- Steps whose day has come in open cases, and that nothing about the payer forbids.
-- Steps about supply (notice, order) and about the claim are two tracks; within a track a step never follows a later one.
create temp table dunning_possible on commit drop as
with steps as (
  select s.*, r.id as procedure_id, s.kind in ('suspension_notice', 'suspension_order') as is_supply
  from operational.dunning_steps s
  join operational.dunning_procedures r on r.code = s.procedure_code and r.version_no = s.version_no
),
fired as (
  select a.case_id, a.id as action_id, s.step_code, s.position, s.is_supply, a.pay_by,
    case when y.id is not null then y.delivered_on else a.fired_on + n.days end as delivered_on
  from pg_temp.dunning_open c
  join operational.dunning_actions a on a.case_id = c.case_id
  join steps s on s.id = a.step_id
  left join operational.dunning_deliveries y on y.action_id = a.id
  left join operational.dunning_delivery_days n on n.channel = a.channel
),
furthest as (
  select case_id, max(position) filter (where is_supply) as supply, max(position) filter (where not is_supply) as claim from fired group by case_id
)
select c.case_id, c.customer_id, c.credit, c.has_phone, c.has_email, f.action_id as anchor_action_id,
  s.id as step_id, s.step_code, s.position, s.kind, s.stage, s.channels, s.template_code, s.min_total,
  greatest(s.min_item_days, 1) as min_item_days, s.anchor_step, s.day_offset, s.day_unit
from pg_temp.dunning_open c
join steps s on s.procedure_id = c.procedure_id and s.kind <> 'reminder'
join pg_temp.dunning_days today on today.day = :as_of
join pg_temp.dunning_days tomorrow on tomorrow.day = :as_of + 1
left join furthest u on u.case_id = c.case_id
left join fired f on f.case_id = c.case_id and f.step_code = s.anchor_step
left join pg_temp.dunning_days delivered on delivered.day = f.delivered_on
where case when :by_hand = '' then not s.is_manual else s.step_code = :by_hand end
  and s.position > coalesce(case when s.is_supply then u.supply else u.claim end, 0)
  and (c.last_step_on is null or c.last_step_on + s.min_gap_days <= :as_of)
  and (s.anchor_step <> '' or case s.day_unit when 'calendar' then c.oldest_days else c.oldest_working_days end >= s.day_offset)
  and c.oldest_days >= s.min_item_days
  and (s.day_rule = 'any' or today.is_working) and (s.day_rule <> 'before_working' or tomorrow.is_working)
  and (s.anchor_step = '' or (f.delivered_on <= :as_of and coalesce(f.pay_by < :as_of, true)
    and case s.day_unit when 'calendar' then :as_of - f.delivered_on else today.working_no - delivered.working_no end >= s.day_offset))
  and not exists (select from pg_temp.dunning_blocks b
                   where b.customer_id = c.customer_id and b.open_item_id is null and b.step_kind in ('', s.kind))
