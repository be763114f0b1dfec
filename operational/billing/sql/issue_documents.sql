-- Number and insert the heads; the counters were moved by the statement before and are locked until the commit.
with numbered as (
  select h.*, cast(:issue_date as date) as issue_date,
         case h.kind when 'invoice' then cast(:invoice_series as text) else cast(:correction_series as text) end as series,
         h.place + case h.kind when 'invoice' then cast(:invoices_before as bigint) else cast(:corrections_before as bigint) end as sequence
    from batch_heads h
),
named as (
  select n.*, n.series || '/' || lpad(n.sequence::text, greatest(6, length(n.sequence::text)), '0') as number from numbered n
),
inserted as (
  insert into operational.documents (kind, series, sequence, number, customer_id, contract_id, invoice_id, version_no, issue_date,
    period_from, period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh, is_estimated, run_id, content, content_hash)
  select n.kind, n.series, n.sequence, n.number, n.customer_id, n.contract_id, n.invoice_id, n.version_no, n.issue_date,
         n.period_from, n.period_to, n.due_date, n.net, n.vat, n.net + n.vat, n.energy_kwh, n.is_estimated, :run_id, c.content,
         operational.document_hash(n.number, n.issue_date, n.period_from, n.period_to, n.due_date, n.net, n.vat, n.net + n.vat,
                                   c.content, d.digest)
    from named n
    join batch_contents c on c.position = n.position
    join batch_digests d on d.position = n.position
   order by n.position
  returning id, kind, sequence, version_no, number
)
insert into batch_ids
select i.id, n.position, n.version_no, i.number
  from inserted i join batch_heads n on n.kind = i.kind
   and n.place = i.sequence - case i.kind when 'invoice' then cast(:invoices_before as bigint) else cast(:corrections_before as bigint) end
