-- Lines in their order on the document, and what the content hash takes of them.
create temp table batch_numbered on commit drop as
select m.position, row_number() over (partition by m.position order by m.scope_key, l.section desc, l.sort_order, l.zone_code,
         l.period_from, l.line_key, l.vat_rate)::int as line_no, l.*
  from batch_lines l
  join batch_members m on m.scope_key = l.scope_key
