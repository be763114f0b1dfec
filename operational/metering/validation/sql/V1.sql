-- V1: the gate refuses unknown points and meters; energy on days without a contract is nobody's bill.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion, reading_id)
select 'V1', 'energy_without_contract', 'V1:' || u.reading_id, u.supply_point_id, u.starts, u.ends,
  format('%s were measured from %s to %s, of which %s days have no contract.', trim_scale(u.quantity) || ' ' || u.unit, u.starts, u.ends,
    u.days - coalesce(k.days, 0)),
  'Enter the contract of these days, or accept the finding when another seller supplied the point.', 'check_data', u.reading_id
from pg_temp.uses u left join lateral (
  select sum(least(u.ends, coalesce(s.valid_to, u.ends)) - greatest(u.starts, s.valid_from)) as days
  from operational.contract_supply_points s
  where s.supply_point_id = u.supply_point_id and s.superseded_at is null and s.valid_from < u.ends
    and (s.valid_to is null or s.valid_to > u.starts)) k on true
where u.quantity > 0 and coalesce(k.days, 0) < u.days
  -- A point that we never supplied before the interval ended has no bill to miss.
  and exists (select from operational.contract_supply_points s where s.supply_point_id = u.supply_point_id
    and s.superseded_at is null and s.valid_from < u.starts)
union all
select 'V1', 'refused_rows', 'V1:file:' || r.file_id || ':' || r.code, null, null, null,
  format('%s rows of file %s are refused: %s.', count(*), f.name, r.code),
  'Enter the point, meter or installation that the rows name, then try the rows in quarantine again.', 'check_data', null
from raw.rejected_rows r join raw.files f on f.id = r.file_id
where r.resolved_at is null and r.code in ('unknown_supply_point', 'unknown_meter', 'unknown_register', 'meter_not_at_point')
group by r.file_id, f.name, r.code
