-- The immutable snapshot of what could change in the database after the issue, and what the law wants on the document:
-- parties, points with tariff and address, readings used, excise in the price. VAT Act art. 106e, tariff regulation 2024/904.
create temp table batch_contents on commit drop as
with point as (
  select m.position, json_agg(json_build_object('code', p.code, 'medium', p.medium, 'dso', p.dso_code, 'contract', k.number,
           'street', a.street, 'building', a.building, 'flat', a.flat, 'postal_code', a.postal_code, 'city', a.city,
           'tariff_group', t.tariff_group, 'power_kw', t.contracted_power_kw, 'from', m.period_from, 'to', m.period_to)
           order by m.scope_key) as points
    from batch_members m
    join operational.supply_points p on p.id = m.supply_point_id
    join operational.addresses a on a.id = p.address_id
    join operational.contracts k on k.id = m.contract_id
    left join operational.supply_point_terms t on t.supply_point_id = p.id and t.superseded_at is null
     and t.valid_from < m.period_to and (t.valid_to is null or t.valid_to >= m.period_to)
   group by m.position
),
reading as (
  select p.position, json_agg(json_build_object('meter', m.serial, 'zone', g.zone_code, 'unit', g.unit,
           'from', s.reading_date, 'from_value', s.value, 'from_kind', s.kind,
           'to', e.reading_date, 'to_value', e.value, 'to_kind', e.kind) order by m.serial, g.zone_code, e.reading_date) as readings
    from batch_pairs p
    join operational.readings s on s.id = p.start_id
    join operational.readings e on e.id = p.end_id
    join operational.registers g on g.id = e.register_id
    join operational.meters m on m.id = g.meter_id
   group by p.position
),
excise as (
  select m.position, json_build_object('kwh', sum(l.energy_kwh_after - l.energy_kwh_before), 'amount',
           round(sum((l.energy_kwh_after - l.energy_kwh_before) * x.price_pln_per_kwh), 2)) as excise
    from batch_lines l
    join batch_members m on m.n = l.n
    join operational.excise_rates x on x.id = (l.calculation ->> 'excise_rate_id')::bigint
   where l.charge_code in ('energy_active', 'energy_dynamic', 'gas_fuel')
   group by m.position
)
select h.position, json_build_object('seller', cast(:seller as json),
         'buyer', json_build_object('name', c.name, 'nip', c.nip, 'customer_number', c.customer_number, 'kind', c.kind,
           'language', c.language, 'street', a.street, 'building', a.building, 'flat', a.flat,
           'postal_code', a.postal_code, 'city', a.city, 'virtual_account', c.virtual_account,
           'mailing', case when x2.id is not null then json_build_object('street', x2.street, 'building', x2.building,
             'flat', x2.flat, 'postal_code', x2.postal_code, 'city', x2.city) end),
         'contract', json_build_object('number', k.number), 'correction', h.correction,
         'points', p.points, 'readings', coalesce(r.readings, '[]'), 'excise', x.excise)::jsonb
         || coalesce(t.content, '{}') || coalesce(f.content, '{}') as content
  from batch_heads h
  join operational.customers c on c.id = h.customer_id
  join operational.addresses a on a.id = c.address_id
  left join operational.addresses x2 on x2.id = operational.mailing_address(c.id, cast(:issue_date as date), 'invoices')
  join operational.contracts k on k.id = h.contract_id
  join point p on p.position = h.position
  left join reading r on r.position = h.position
  left join excise x on x.position = h.position
  left join batch_deposit_sums t on t.position = h.position
  left join batch_forecast_contents f on f.position = h.position
