create temp table batch_digests on commit drop as
select l.position, operational.lines_digest(string_agg(operational.line_text(l.line_no, l.line_key, l.quantity_before,
         l.quantity_after, l.price_before, l.price_after, l.net_before, l.net_after, l.vat_rate), chr(10) order by l.line_no)) as digest
  from batch_numbered l
 group by l.position
