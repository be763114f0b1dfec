-- What is true today of debts (open_item_id set) and of payers, and matters to a guard.
create temp table dunning_facts on commit drop as
select f.customer_id, f.open_item_id, f.fact
from operational.dunning_facts_of(:ids, :as_of) f
