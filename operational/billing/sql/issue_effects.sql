-- Everything a document causes, with keys that make a second time impossible: VAT rows, ledger, open item, outbox.
-- A correction of an invoice whose month is closed in the ledger is posted on its own day and names that month.
-- Of a collective correction one message leaves, with its first part.
with closed as (select c.month from operational.closed_months c),
head as (
  select i.id, i.number, i.collective_id, i.due_date as due_on, row_number() over (partition by i.collective_id order by i.id) as part_no,
         case when h.kind = 'correction' then
           (select c.month from closed c where c.month = date_trunc('month', cast(h.correction ->> 'invoice_date' as date))::date) end
           as refers_to_month, h.*, h.net + h.vat as gross, h.net + h.vat + coalesce(t.amount, 0) as to_pay, cast(:issue_date as date) as issue_date,
         'issue:' || coalesce(h.invoice_id::text, h.lead_scope) || ':' || h.version_no || ':' as key
    from batch_heads h
    join batch_ids i on i.position = h.position
    left join batch_deposit_sums t on t.position = h.position
),
vat as (
  insert into operational.document_vat (document_id, vat_rate, net_amount, vat_amount, gross_amount)
  select i.id, v.vat_rate, v.net, v.vat, v.net + v.vat from batch_vat v join batch_ids i on i.position = v.position
),
ledger as (
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, document_id,
    idempotency_key, refers_to_month)
  select case when e.amount > 0 then 'receivable' else e.account end, case when e.amount > 0 then e.account else 'receivable' end,
         abs(e.amount), e.code, h.issue_date, h.customer_id, h.id, h.key || e.code, h.refers_to_month
    from head h
    cross join lateral (values (case when h.is_forecast then 'forecast_income' else 'sales' end, 'net', h.net),
                               ('vat_output', 'vat', h.vat)) as e (account, code, amount)
   where e.amount <> 0
   order by h.id
),
item as (
  insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
  select h.customer_id, h.id, h.to_pay, h.issue_date, h.due_on from head h where h.to_pay <> 0 and not h.is_forecast order by h.id
)
insert into operational.outbox (key, topic, payload)
select 'document.issued:' || h.id, 'document.issued',
       jsonb_build_object('document_id', h.id, 'number', h.number, 'customer_id', h.customer_id)
  from head h where h.collective_id is null or h.part_no = 1 order by h.id
