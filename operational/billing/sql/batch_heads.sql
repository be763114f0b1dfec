-- The head of each document to be issued, without its number.
create temp table batch_heads on commit drop as
with scope as (
  select position, min(customer_id) as customer_id, min(contract_id) as contract_id, min(invoice_id) as invoice_id,
         min(scope_key) as lead_scope, min(period_from) as period_from, max(period_to) as period_to,
         min(payment_term_days) as payment_term_days, bool_or(is_vanished) as is_vanished,
         bool_or(is_forecast) as is_forecast
    from batch_members group by position
),
line as (
  select m.position, sum(b.kwh) as energy_kwh, bool_or(b.is_estimated) as is_estimated,
         case when bool_or(b.has_actual_reading) then 'actual_reading' when bool_or(b.has_new_readings) then 'corrected_reading'
              when bool_or(b.has_new_price) then 'price' else 'other' end as reason_code
    from batch_rates b join batch_members m on m.n = b.n group by m.position
),
vat as (select position, sum(net) as net, sum(vat) as vat from batch_vat group by position),
chain as (
  select s.invoice_id, max(d.version_no) as version_no, (array_agg(d.number order by d.version_no desc))[1] as previous_number,
         min(d.number) filter (where d.kind = 'invoice') as invoice_number,
         min(d.issue_date) filter (where d.kind = 'invoice') as invoice_date
    from scope s join operational.documents d on d.id = s.invoice_id or d.invoice_id = s.invoice_id
   group by s.invoice_id
)
select s.position, case when s.invoice_id is null then 'invoice' else 'correction' end as kind, s.customer_id, s.contract_id,
       s.invoice_id, coalesce(c.version_no, 0) + 1 as version_no, s.period_from, s.period_to, s.lead_scope,
       cast(:issue_date as date) + s.payment_term_days as due_date, v.net, v.vat, l.energy_kwh, l.is_estimated, s.is_forecast,
       row_number() over (partition by s.invoice_id is null order by s.position) as place,
       case when s.invoice_id is not null then json_build_object(
         'reason_code', case when s.is_vanished then 'terms' else l.reason_code end, 'invoice_number', c.invoice_number,
         'invoice_date', c.invoice_date, 'previous_number', c.previous_number) end as correction
  from scope s
  join line l on l.position = s.position
  join vat v on v.position = s.position
  left join chain c on c.invoice_id = s.invoice_id
