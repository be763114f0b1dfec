-- What stands about forecasts on each document: the instalments with their due dates, or what a settlement comes to and what it takes off.
create temp table batch_forecast_contents on commit drop as
with instalment as (
  select position, instalment_no, min(period_from) as period_from, min(period_to) as period_to, min(due_date) as due_date,
         max(energy_kwh) as kwh, sum(net) as net, sum(vat) as vat
    from batch_instalments group by position, instalment_no
),
deducted as (
  select m.position, d.period_from, d.period_to, d.calculation -> 'forecast' as forecast, sum(d.net_after - d.net_before) as net,
         sum(d.vat_after - d.vat_before) as vat
    from batch_deductions d join batch_members m on m.n = d.n
   group by m.position, d.period_from, d.period_to, d.calculation -> 'forecast'
)
select position, jsonb_build_object('forecast', jsonb_build_object('instalments', jsonb_agg(jsonb_build_object('number', instalment_no,
         'from', period_from, 'to', period_to, 'due', due_date, 'kwh', kwh, 'net', net, 'vat', vat, 'gross', net + vat)
         order by instalment_no))) as content
  from instalment group by position
union all
select d.position, jsonb_build_object('settled_forecasts', jsonb_build_object(
         'used', jsonb_build_object('net', min(h.net) + sum(d.net), 'vat', min(h.vat) + sum(d.vat),
                                    'gross', min(h.net) + min(h.vat) + sum(d.net) + sum(d.vat)),
         'billed', jsonb_build_object('net', sum(d.net), 'vat', sum(d.vat), 'gross', sum(d.net) + sum(d.vat)),
         'instalments', jsonb_agg(jsonb_build_object('document', d.forecast ->> 'number', 'issue_date', d.forecast ->> 'issue_date',
           'number', d.forecast -> 'instalment', 'from', d.period_from, 'to', d.period_to, 'net', d.net, 'vat', d.vat,
           'gross', d.net + d.vat) order by d.period_from)))
  from deducted d join batch_heads h on h.position = d.position
 group by d.position
