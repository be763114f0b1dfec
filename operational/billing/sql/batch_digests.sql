-- What the content hash takes of the lines.
create temp table batch_digests on commit drop as
select p.position, operational.lines_digest(string_agg(operational.line_text(p.line_no, l.line_key, l.quantity_before,
         l.quantity_after, l.price_before, l.price_after, l.net_before, l.net_after, l.vat_rate), chr(10) order by p.line_no)) as digest
  from batch_lines l
  join batch_places p on p.line_id = l.line_id
 group by p.position
