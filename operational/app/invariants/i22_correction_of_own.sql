-- I22 | a correction refers to an invoice of the same customer
select k.number as record, 'refers to ' || coalesce(o.number, 'nothing') as detail
from operational.documents k left join operational.documents o on o.id = k.invoice_id
where k.kind = 'correction' and (o.id is null or o.kind <> 'invoice' or o.customer_id <> k.customer_id)
