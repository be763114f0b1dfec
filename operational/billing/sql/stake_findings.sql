-- What waits because of a finding of the validation, in net PLN of the targets on its days.
update operational.billing_exceptions e
   set amount_at_stake = f.net, customer_id = coalesce(e.customer_id, f.customer_id)
  from (select x.id, sum(t.net_amount) as net, min(t.customer_id) as customer_id
          from operational.billing_exceptions x
          join $target_scopes t on t.supply_point_id = x.supply_point_id and t.period_from < x.period_to and t.period_to > x.period_from
         where x.resolved_at is null and x.rule_code is not null
         group by x.id) f
 where e.id = f.id and e.amount_at_stake is distinct from f.net
