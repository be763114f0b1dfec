-- I08 | VAT of an invoice and its corrections = rate x net of the truth, rounded once per rate (VAT Act art. 106e)
select min(d.number) as record,
       format('rate %s: VAT %s on net %s', v.vat_rate, sum(v.vat_amount), sum(v.net_amount)) as detail
from operational.document_vat v join operational.documents d on d.id = v.document_id
group by coalesce(d.invoice_id, d.id), v.vat_rate
having sum(v.vat_amount) <> round(sum(v.net_amount) * v.vat_rate, 2)
