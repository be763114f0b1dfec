-- Debts about to fall due, of which the payer was not reminded yet: one message per payer and night, without a case.
insert into pg_temp.dunning_chosen (case_id, customer_id, step_id, step_code, kind, stage, template_code, total, channel, open_item_ids)
with coming as (
  select d.customer_id, p.kind, p.credit, p.has_phone, p.has_email, d.open_item_id, d.open_amount, d.days_overdue
  from pg_temp.dunning_debts d
  join pg_temp.dunning_payers p on p.customer_id = d.customer_id
  where d.days_overdue < 0 and d.days_overdue >= :earliest
    and not exists (select from operational.dunning_action_items x where x.open_item_id = d.open_item_id and x.case_id is null)
),
procedures as (
  select p.customer_id, r.code, r.version_no
  from (select customer_id, kind, sum(open_amount) as total from coming group by customer_id, kind) p
  join pg_temp.dunning_choices r on r.kind = p.kind and p.total >= r.min_amount and (r.below is null or p.total < r.below)
),
ripe as (
  select c.customer_id, c.has_phone, c.has_email, s.id as step_id, s.step_code, s.kind, s.stage, s.template_code, s.channels,
    sum(c.open_amount) as total, array_agg(c.open_item_id order by c.open_item_id) as open_item_ids
  from coming c
  join procedures r on r.customer_id = c.customer_id
  join operational.dunning_steps s on s.procedure_code = r.code and s.version_no = r.version_no and s.kind = 'reminder'
  where c.days_overdue >= s.day_offset
    and not exists (select from pg_temp.dunning_blocks b
                     where b.customer_id = c.customer_id and b.open_item_id is null and b.step_kind in ('', 'reminder'))
    and not exists (select from pg_temp.dunning_blocks b where b.open_item_id = c.open_item_id and b.step_kind in ('', 'reminder'))
  group by c.customer_id, c.has_phone, c.has_email, c.credit, s.id, s.step_code, s.kind, s.stage, s.template_code, s.channels, s.min_total
  having sum(c.open_amount) - c.credit > s.min_total
)
select null, r.customer_id, r.step_id, r.step_code, r.kind, r.stage, r.template_code, r.total, h.channel, r.open_item_ids
from ripe r
join lateral (
  select w.channel from unnest(string_to_array(r.channels, ',')) with ordinality as w(channel, place)
  where case w.channel when 'sms' then r.has_phone when 'email' then r.has_email else true end order by w.place limit 1
) h on true
