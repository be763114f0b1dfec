-- I07 | gross = net + VAT for every VAT rate of a document
select d.number as record, format('rate %s: %s + %s <> %s', v.vat_rate, v.net_amount, v.vat_amount, v.gross_amount) as detail
from operational.document_vat v join operational.documents d on d.id = v.document_id
where v.gross_amount is distinct from v.net_amount + v.vat_amount
