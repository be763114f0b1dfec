-- What is true today of debts (open_item_id set) and of payers, and matters to a guard.
create temp table dunning_facts on commit drop as
select x.customer_id, x.open_item_id, 'dispute' as fact
from operational.document_disputes x
where x.customer_id = any(:ids) and x.opened_on <= :as_of and (x.closed_on is null or x.closed_on > :as_of)
union all
select x.customer_id, null, 'open_dispute'
from operational.document_disputes x
where x.customer_id = any(:ids) and x.opened_on <= :as_of and (x.closed_on is null or x.closed_on > :as_of)
union all
select p.customer_id, null, p.kind
from operational.customer_protections p
where p.customer_id = any(:ids) and p.superseded_at is null and p.valid_from <= :as_of and (p.valid_to is null or p.valid_to > :as_of)
union all
select h.customer_id, h.open_item_id, 'hold'
from operational.dunning_holds h
where h.customer_id = any(:ids) and h.held_from <= :as_of and h.held_until > :as_of and (h.released_on is null or h.released_on > :as_of)
union all
select p.customer_id, i.open_item_id, 'instalment'
from operational.instalment_plans p
join operational.instalment_items i on i.agreement_id = p.id
where p.customer_id = any(:ids) and p.status = 'active'
union all
select c.customer_id, c.open_item_id, 'awaits_correction'
from operational.debts_awaiting_correction c
where c.customer_id = any(:ids) and c.since <= :as_of
