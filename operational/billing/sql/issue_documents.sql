-- Number and insert the heads; the counters were moved by the statement before and are locked until the commit.
-- A part of a collective correction is numbered within that document; all others in their own series.
with placed as (
  select h.*, cast(:issue_date as date) as issue_date, z.id as collective_id, z.number as collective_number,
         coalesce(z.due_date, h.due_date) as due_on,
         row_number() over (partition by h.kind, h.kind = 'invoice' and h.is_forecast, z.id order by h.position) as place_in_series
    from batch_heads h
    left join batch_collectives b on b.customer_id = h.customer_id and h.kind = 'correction' and not h.is_forecast
    left join operational.collective_corrections z on z.run_id = :run_id and z.series = cast(:collective_series as text)
     and z.sequence = b.place + cast(:collectives_before as bigint)
),
numbered as (
  select p.*,
         case when p.kind = 'invoice' and p.is_forecast then cast(:forecast_series as text)
              when p.kind = 'invoice' then cast(:invoice_series as text)
              else coalesce(p.collective_number, cast(:correction_series as text)) end as series,
         p.place_in_series + case when p.kind = 'invoice' and p.is_forecast then cast(:forecasts_before as bigint)
                                  when p.kind = 'invoice' then cast(:invoices_before as bigint)
                                  when p.collective_id is null then cast(:corrections_before as bigint) else 0 end as sequence
    from placed p
),
named as (
  select n.*, n.series || '/' || lpad(n.sequence::text, greatest(case when n.collective_id is null then 6 else 2 end,
                                                                 length(n.sequence::text)), '0') as number
    from numbered n
),
inserted as (
  insert into operational.documents (kind, series, sequence, number, customer_id, contract_id, invoice_id, version_no, issue_date,
    period_from, period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh, is_estimated, run_id, content, content_hash,
    collective_id, is_forecast)
  select n.kind, n.series, n.sequence, n.number, n.customer_id, n.contract_id, n.invoice_id, n.version_no, n.issue_date,
         n.period_from, n.period_to, n.due_on, n.net, n.vat, n.net + n.vat, n.energy_kwh, n.is_estimated, :run_id, c.content,
         operational.document_hash(n.number, n.issue_date, n.period_from, n.period_to, n.due_on, n.net, n.vat, n.net + n.vat,
                                   c.content, d.digest), n.collective_id, n.is_forecast
    from named n
    join batch_contents c on c.position = n.position
    join batch_digests d on d.position = n.position
   order by n.position
  returning id, number, version_no, collective_id, due_date
)
insert into batch_ids
select i.id, n.position, n.version_no, i.number, i.collective_id, i.due_date
  from inserted i join named n on n.number = i.number
