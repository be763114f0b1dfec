-- I21 | what was issued is what is stored: the hash over number, dates, amounts, lines and content agrees
with lines as (
  select document_id, operational.lines_digest(string_agg(operational.line_text(line_no, line_key, quantity_before,
           quantity_after, price_before, price_after, net_before, net_after, vat_rate), chr(10) order by line_no)) as digest
  from operational.document_lines group by document_id
)
select d.number as record, 'content differs from its hash' as detail
from operational.documents d left join lines l on l.document_id = d.id
where operational.document_hash(d.number, d.issue_date, d.period_from, d.period_to, d.due_date, d.net_amount, d.vat_amount,
        d.gross_amount, d.content, l.digest) is distinct from d.content_hash
