-- VAT once per rate on the sums of the whole document chain: rounded after minus what was charged before.
create temp table batch_vat on commit drop as
with change as (
  select m.position, m.invoice_id, b.vat_rate, sum(b.net) as net
    from batch_rates b join batch_members m on m.n = b.n
   group by m.position, m.invoice_id, b.vat_rate
),
earlier as (
  select distinct c.position, d.id as document_id
    from change c
    join operational.documents d on d.id = c.invoice_id or d.invoice_id = c.invoice_id
   where c.invoice_id is not null
),
-- Forecast instalments taken off are charged already, each with the VAT of its own document (VAT Act art. 106f(3)).
charged as (
  select x.position, x.vat_rate, sum(x.net) as net, sum(x.vat) as vat
    from (select e.position, v.vat_rate, v.net_amount as net, v.vat_amount as vat
            from earlier e join operational.document_vat v on v.document_id = e.document_id
          union all
          select e.position, l.vat_rate, l.net_before - l.net_after, (l.calculation -> 'forecast' ->> 'vat')::numeric
                 - (l.calculation -> 'forecast' ->> 'vat_before')::numeric
            from earlier e join operational.document_lines l on l.document_id = e.document_id and l.charge_code = 'forecast_deduction'
          union all
          select m.position, t.vat_rate, t.net_after - t.net_before, t.vat_after - t.vat_before
            from batch_deductions t join batch_members m on m.n = t.n) x
   group by x.position, x.vat_rate
)
select c.position, c.vat_rate, c.net,
       round((coalesce(b.net, 0) + c.net) * c.vat_rate, 2) - coalesce(b.vat, 0) as vat
  from change c
  left join charged b on b.position = c.position and b.vat_rate = c.vat_rate
