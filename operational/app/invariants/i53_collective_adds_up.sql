-- I53 | a collective correction is the sum of its parts, all of one customer and day, numbered from 1 without gaps
select z.number as record, format('%s parts, gross %s; the document says %s and %s', count(d.id), sum(d.gross_amount), z.parts, z.gross_amount) as detail
from operational.collective_corrections z left join operational.documents d on d.collective_id = z.id
group by z.id having count(d.id) <> z.parts or coalesce(sum(d.net_amount), 0) <> z.net_amount or coalesce(sum(d.vat_amount), 0) <> z.vat_amount
  or bool_or(d.customer_id <> z.customer_id or d.issue_date <> z.issue_date or d.due_date <> z.due_date or d.series <> z.number)
  or max(d.sequence) <> z.parts
