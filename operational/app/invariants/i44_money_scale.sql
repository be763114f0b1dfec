-- I44 | money has two decimals and is a number
select 'ledger ' || id as record, amount::text as detail from operational.ledger_transfers
where amount in ('NaN', 'Infinity', '-Infinity') or amount <> round(amount, 2)
