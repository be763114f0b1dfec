-- I23 | every document stands in the ledger once, at its gross
select d.number as record, format('gross %s, ledger %s', d.gross_amount, coalesce(l.amount, 0)) as detail
from operational.documents d
left join (select document_id, sum(case when debit_account = 'receivable' then amount else -amount end) as amount
           from operational.ledger_transfers
           where document_id is not null and code not like 'deposit%' and 'receivable' in (debit_account, credit_account) group by 1) l on l.document_id = d.id
where d.gross_amount <> coalesce(l.amount, 0)
