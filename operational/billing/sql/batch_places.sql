-- Lines in their order on the document.
create temp table batch_places on commit drop as
select l.line_id, m.position, m.n, row_number() over (partition by m.position order by m.scope_key, l.section desc, l.sort_order,
         l.zone_code, l.period_from, l.line_key, l.vat_rate)::int as line_no
  from batch_lines l
  join batch_members m on m.n = l.n
