-- VAT once per rate on the sums of the whole document chain: rounded after minus what was charged before.
create temp table batch_vat on commit drop as
with change as (
  select m.position, m.invoice_id, b.vat_rate, sum(b.net) as net
    from batch_rates b join batch_members m on m.n = b.n
   group by m.position, m.invoice_id, b.vat_rate
),
charged as (
  select c.position, v.vat_rate, sum(v.net_amount) as net, sum(v.vat_amount) as vat
    from (select distinct position, invoice_id from change where invoice_id is not null) c
    join operational.documents d on d.id = c.invoice_id or d.invoice_id = c.invoice_id
    join operational.document_vat v on v.document_id = d.id
   group by c.position, v.vat_rate
)
select c.position, c.vat_rate, c.net,
       round((coalesce(b.net, 0) + c.net) * c.vat_rate, 2) - coalesce(b.vat, 0) as vat
  from change c
  left join charged b on b.position = c.position and b.vat_rate = c.vat_rate
