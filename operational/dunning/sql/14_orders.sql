-- An order for every point that the unpaid documents' contracts supply today.
with made as (
  insert into operational.dso_orders (kind, case_id, action_id, customer_id, supply_point_id, dso_code, ordered_on)
  select distinct 'suspension', f.case_id, f.action_id, f.customer_id, s.id, s.dso_code, :as_of
  from pg_temp.dunning_fired f
  join operational.dunning_action_items x on x.action_id = f.action_id
  join pg_temp.dunning_debts d on d.open_item_id = x.open_item_id
  join operational.documents o on o.id = d.document_id
  join operational.contract_supply_points k on k.contract_id = o.contract_id and k.superseded_at is null
    and k.valid_from <= :as_of and (k.valid_to is null or k.valid_to > :as_of)
  join operational.supply_points s on s.id = k.supply_point_id
  where f.kind = 'suspension_order'
  on conflict do nothing
  returning id, case_id, customer_id, number
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
select case_id, customer_id, 'order_made', :as_of, jsonb_build_object('order', number, 'kind', 'suspension') from made order by id
