-- A taken-off instalment is a line of its own: minus one instalment at its net amount. It sells no energy.
-- The casts give the digits of the stored line, because the seal is taken of the text.
with added as (
  insert into batch_lines (line_id, n, sort_order, period_from, period_to, is_estimated, was_estimated, has_new_price, has_new_readings,
    net_before, net_after, vat_rate, energy_kwh_before, energy_kwh_after, quantity_before, quantity_after, price_before, price_after,
    line_key, charge_code, section, zone_code, unit, calculation)
  select coalesce((select max(b.line_id) from batch_lines b), 0) + row_number() over (order by d.n, d.period_from, d.vat_rate), d.n, 2000,
         d.period_from, d.period_to, false, false, false, false, (-d.net_before)::numeric(18, 2), (-d.net_after)::numeric(18, 2), d.vat_rate, 0, 0,
         (case when d.net_before = 0 then 0 else -1 end)::numeric(18, 6), (case when d.net_after = 0 then 0 else -1 end)::numeric(18, 6),
         d.net_before::numeric(18, 8), d.net_after::numeric(18, 8),
         d.line_key, 'forecast_deduction', 'sale', '', 'piece', d.calculation
    from batch_deductions d
  returning n, vat_rate, net_after - net_before as net
)
insert into batch_rates (n, vat_rate, net, kwh, kwh_after, estimated_kwh, is_estimated, has_actual_reading, has_new_readings, has_new_price)
select a.n, a.vat_rate, sum(a.net), 0, 0, 0, false, false, false, false from added a group by a.n, a.vat_rate
