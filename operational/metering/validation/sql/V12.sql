-- V12: the conversion factor of high-methane gas lies in a narrow range and holds for one calendar month of its area.
insert into pg_temp.findings (rule_code, code, finding_key, area_code, period_from, period_to, message, cure, suggestion)
select 'V12', case when f.factor_kwh_per_m3 between :factor_lowest and :factor_highest then 'factor_not_monthly' else 'factor_out_of_range' end,
  'V12:' || f.id, f.area_code, f.valid_from, f.valid_to,
  format('Area %s from %s to %s: %s kWh per cubic metre.', f.area_code, f.valid_from, f.valid_to, f.factor_kwh_per_m3),
  'Compare with the factors that the distributor publishes and enter a new version.', 'check_data'
from operational.gas_conversion_factors f
where f.superseded_at is null and (not f.factor_kwh_per_m3 between :factor_lowest and :factor_highest
  or extract(day from f.valid_from) <> 1 or f.valid_to <> (f.valid_from + interval '1 month')::date)
