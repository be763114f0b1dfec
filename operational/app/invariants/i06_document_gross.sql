-- I06 | gross = net + VAT on every document
select number as record, format('%s + %s <> %s', net_amount, vat_amount, gross_amount) as detail
from operational.documents where gross_amount is distinct from net_amount + vat_amount
