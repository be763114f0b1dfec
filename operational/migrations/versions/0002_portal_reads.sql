-- The portal shows how a bill came about, so its role may read the published rates, the customer's own price lists and
-- the measured volumes of the customer's own points. Every table it can read stays under forced row-level security.
set role iris_owner;
set search_path = operational, public;

do $$
declare t text; rule text;
begin
  foreach t in array array['vat_rates', 'excise_rates', 'statutory_rates', 'dso_rates', 'gas_conversion_factors',
                           'price_lists', 'price_list_items', 'products', 'billed_volumes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy staff on %I to iris_app using (true) with check (true)', t);
    execute format('create policy warehouse on %I for select to iris_dbt using (true)', t);
    rule := case
      -- A price list may be negotiated, so only the customer's own are shown.
      when t = 'price_lists' then 'id in (select k.price_list_id from operational.contract_terms k)'
      when t = 'price_list_items' then 'price_list_id in (select k.price_list_id from operational.contract_terms k)'
      when t = 'products' then 'id in (select l.product_id from operational.price_lists l)'
      when t = 'billed_volumes' then 'exists (select 1 from operational.contract_supply_points k
           where k.supply_point_id = billed_volumes.supply_point_id and k.superseded_at is null
             and billed_volumes.period_to > k.valid_from
             and (k.valid_to is null or billed_volumes.period_from < k.valid_to))'
      else 'true'  -- published in tariffs and acts
    end;
    execute format('create policy portal on %I for select to iris_ebok using (%s)', t, rule);
    execute format('grant select on %I to iris_ebok', t);
  end loop;
end $$;

-- Only the supply periods known today count: after a move, neither a superseded version of the old contract's period nor
-- the point itself may show the next customer's readings, terms or meter.
drop policy portal on readings;
create policy portal on readings for select to iris_ebok using (exists (
  select 1 from operational.contract_supply_points k
   where k.supply_point_id = readings.supply_point_id and k.superseded_at is null
     and readings.reading_date >= k.valid_from - 1 and (k.valid_to is null or readings.reading_date < k.valid_to)));
do $$
declare t text;
begin
  foreach t in array array['supply_point_terms', 'meter_installations'] loop
    execute format('drop policy portal on %I', t);
    execute format($policy$create policy portal on %1$I for select to iris_ebok using (exists (
      select 1 from operational.contract_supply_points k
       where k.supply_point_id = %1$I.supply_point_id and k.superseded_at is null
         and (k.valid_to is null or %1$I.valid_from < k.valid_to)
         and (%1$I.valid_to is null or %1$I.valid_to > k.valid_from)))$policy$, t);
  end loop;
end $$;

-- The portal's log-in accepts the customer number too, but its role must not read customers: the number is copied to the
-- account when the account is made (a customer number never changes).
alter table customer_users add column customer_number text not null default '';
create function copy_customer_number() returns trigger language plpgsql as $$
begin
  select c.customer_number into new.customer_number from operational.customers c where c.id = new.customer_id;
  return new;
end $$;
create trigger copy_customer_number before insert on customer_users for each row execute function copy_customer_number();
create index on customer_users (customer_number);
create index on sec.web_sessions (customer_user_id);
-- What became of the message of a document is asked for in every timeline.
create index outbox_of_document on outbox (((payload ->> 'document_id')::bigint)) where topic = 'document.issued';
reset role;
