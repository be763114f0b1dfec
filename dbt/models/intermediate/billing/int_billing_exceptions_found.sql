select
    null::text as scope_key,
    null::bigint as supply_point_id,
    null::bigint as customer_id,
    null::text as code,
    null::text as severity,
    null::text as message,
    null::text as cure
where false
