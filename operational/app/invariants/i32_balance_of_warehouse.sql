-- I32 | the operational balance of a customer = the balance that the warehouse computed from documents and payments
select c.customer_number as record, format('ledger %s, warehouse %s', b.ledger_balance, b.warehouse_balance) as detail
from $customer_balances b join operational.customers c on c.id = b.customer_id
where b.ledger_balance <> b.warehouse_balance
