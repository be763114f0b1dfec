-- I10 | the base of a VAT rate is the sum of its lines
with lines as (
  select document_id, vat_rate, sum(net_after - net_before) as net from operational.document_lines group by 1, 2
)
select d.number as record, format('rate %s: lines %s, base %s', coalesce(l.vat_rate, v.vat_rate), l.net, v.net_amount) as detail
from lines l full join operational.document_vat v using (document_id, vat_rate)
join operational.documents d on d.id = coalesce(l.document_id, v.document_id)
where coalesce(l.net, 0) <> coalesce(v.net_amount, 0)
