insert into operational.document_lines (document_id, line_no, scope_id, line_key, charge_code, section, zone_code, period_from,
  period_to, unit, quantity_before, quantity_after, price_before, price_after, net_before, net_after, vat_rate,
  energy_kwh_before, energy_kwh_after, is_estimated, calculation)
select s.document_id, p.line_no, s.id, l.line_key, l.charge_code, l.section, l.zone_code, l.period_from,
       l.period_to, l.unit, l.quantity_before, l.quantity_after, l.price_before, l.price_after, l.net_before, l.net_after, l.vat_rate,
       l.energy_kwh_before, l.energy_kwh_after, l.is_estimated, l.calculation
  from batch_lines l
  join batch_places p on p.line_id = l.line_id
  join batch_scope_ids s on s.n = p.n
