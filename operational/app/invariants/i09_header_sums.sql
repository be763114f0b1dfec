-- I09 | the header of a document is the sum of its VAT rates
select d.number as record, format('header %s/%s/%s, rates %s/%s/%s', d.net_amount, d.vat_amount, d.gross_amount,
       coalesce(sum(v.net_amount), 0), coalesce(sum(v.vat_amount), 0), coalesce(sum(v.gross_amount), 0)) as detail
from operational.documents d left join operational.document_vat v on v.document_id = d.id
group by d.id
having (coalesce(sum(v.net_amount), 0), coalesce(sum(v.vat_amount), 0), coalesce(sum(v.gross_amount), 0))
       is distinct from (d.net_amount::numeric, d.vat_amount::numeric, d.gross_amount::numeric)
