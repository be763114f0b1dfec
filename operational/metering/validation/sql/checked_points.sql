-- Points whose readings, volumes or determinants are new since the last pass, whose findings are open, or that a person called
-- corrected since; in a full pass all points.
create temp table checked_points on commit drop as
select s.id as supply_point_id from operational.supply_points s where cast(:is_full as boolean)
union
select supply_point_id from operational.readings where id > :last_reading_id
union
select supply_point_id from operational.billed_volumes where id > :last_volume_id
union
select s.id from raw.interval_determinants d join operational.supply_points s on s.code = d.supply_point_code where d.id > :last_determinant_id
union
select supply_point_id from operational.billing_exceptions
where rule_code is not null and supply_point_id is not null
  and (resolved_at is null or (resolution = 'fixed' and resolved_at >= :last_as_of))
union
select supply_point_id from operational.customer_readings where processed_at >= :last_as_of
