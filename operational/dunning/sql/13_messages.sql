-- The one place where dunning asks for messages: rows of the messaging queue, each with exactly the variables that its template
-- declares (sending checks them). A registered letter is a letter for the printer, marked in its references.
with templates as materialized (
  select m.code, m.priority, array(
    select k from unnest(array['amount', 'documents', 'number', 'due_date', 'days', 'pay_by', 'suspend_from', 'supply_point']) as k
    where not m.variables ? k) as undeclared
  from operational.message_templates m
)
insert into operational.messages (key, template_code, channel, language, customer_id, document_id, variables, refs, priority, created_at, next_attempt_at)
select f.message_key, t.code, replace(f.channel, 'registered_', ''), p.language, f.customer_id,
  case when jsonb_array_length(x.document_ids) = 1 then (x.document_ids ->> 0)::bigint end,
  jsonb_strip_nulls(jsonb_build_object('amount', f.total::text, 'documents', x.documents, 'number', x.numbers, 'due_date', x.oldest_due,
    'days', greatest(:as_of - x.oldest_due, 0), 'pay_by', f.pay_by, 'suspend_from', f.pay_by + 1,
    'supply_point', coalesce(points.codes, ''))) - t.undeclared,
  jsonb_strip_nulls(jsonb_build_object('case_id', f.case_id::text, 'step', f.step_code, 'action_id', f.action_id::text,
    'is_registered', case when f.channel = 'registered_letter' then 'true' end)),
  t.priority, :moment, :moment
from pg_temp.dunning_fired f
join pg_temp.dunning_payers p on p.customer_id = f.customer_id
join templates t on t.code = f.template_code
join (
  select f.action_id, min(i.due_date) as oldest_due, string_agg(coalesce(d.number, n.number), ', ' order by i.due_date, i.open_item_id) as numbers,
    coalesce(jsonb_agg(d.id) filter (where d.id is not null), '[]') as document_ids,
    string_agg(coalesce(d.number, n.number) || ', ' || to_char(i.due_date, 'DD.MM.YYYY') || ': '
      || translate(to_char(i.open_amount, 'FM999,999,999,990.00'), ',.', ' ,') || ' zł', E'\n' order by i.due_date, i.open_item_id) as documents
  from pg_temp.dunning_fired f
  join operational.dunning_action_items i on i.action_id = f.action_id
  join pg_temp.dunning_debts o on o.open_item_id = i.open_item_id
  left join operational.documents d on d.id = o.document_id
  left join operational.interest_notes n on n.id = o.note_id
  where f.message_key is not null
  group by f.action_id
) x on x.action_id = f.action_id
left join (
  select f.action_id, string_agg(distinct s.code, ', ') as codes
  from pg_temp.dunning_fired f
  join operational.dunning_action_items i on i.action_id = f.action_id
  join operational.open_items o on o.id = i.open_item_id
  join operational.documents d on d.id = o.document_id
  join operational.contract_supply_points k on k.contract_id = d.contract_id and k.superseded_at is null
    and k.valid_from <= :as_of and (k.valid_to is null or k.valid_to > :as_of)
  join operational.supply_points s on s.id = k.supply_point_id
  where f.kind = 'suspension_notice'
  group by f.action_id
) points on points.action_id = f.action_id
where f.message_key is not null
order by f.action_id
