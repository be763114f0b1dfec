-- I26 | statements of our accounts follow each other: opening balance = closing balance of the one before
with chain as (
  select account, statement_number, opening_balance,
         lag(closing_balance) over (partition by account order by opened_on, closed_on, id) as closed_before
  from raw.bank_statements
  where account = any(:own_accounts) and opening_balance is not null and closing_balance is not null
)
select format('%s %s', account, statement_number) as record, format('opens at %s, the one before closed at %s', opening_balance, closed_before) as detail
from chain where opening_balance <> closed_before
