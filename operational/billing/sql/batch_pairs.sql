-- The readings that the energy of each document was measured between.
create temp table batch_pairs on commit drop as
select distinct m.position, (r.pair ->> 0)::bigint as start_id, (r.pair ->> 1)::bigint as end_id
  from batch_lines l
  join batch_members m on m.n = l.n
  cross join lateral jsonb_array_elements(l.calculation -> 'readings') as r (pair)
 where l.charge_code in ('energy_active', 'gas_fuel') and l.quantity_after <> 0
