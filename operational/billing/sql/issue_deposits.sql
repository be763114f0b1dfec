-- Movements on the deposits that the documents of the batch cause, and the same in the ledger.
with moved as (
  select b.*, i.id as document_id, cast(:issue_date as date) as issue_date
    from batch_deposits b
    join batch_ids i on i.position = b.position
),
entry as (
  insert into operational.deposit_entries (lot_id, customer_id, document_id, kind, amount, business_date, idempotency_key)
  select m.lot_id, m.customer_id, m.document_id, m.kind, sum(m.amount), m.issue_date, 'document:' || m.document_id || ':' || m.lot_id || ':' || m.kind
    from moved m
   group by m.lot_id, m.customer_id, m.document_id, m.kind, m.issue_date
)
insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, document_id, idempotency_key)
select case when m.kind = 'use' then 'prosumer_deposit' else 'receivable' end,
       case when m.kind = 'use' then 'receivable' else 'prosumer_deposit' end,
       abs(sum(m.amount)), 'deposit_' || m.kind, m.issue_date, m.customer_id, m.document_id, 'deposit_' || m.kind || ':' || m.document_id
  from moved m
 group by m.kind, m.issue_date, m.customer_id, m.document_id
having sum(m.amount) <> 0
