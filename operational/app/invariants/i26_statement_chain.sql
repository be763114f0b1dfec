-- I26 | statements of our accounts follow each other: opening balance = closing balance of the one before, or a person let it pass
with known as (
  select s.id, s.account, s.statement_number, s.opening_balance, s.closing_balance,
         count(l.id) as lines, coalesce(sum(l.amount), 0) as moved
  from raw.bank_statements s left join raw.bank_lines l on l.statement_id = s.id
  where s.account = any(:own_accounts) and s.feed = 'ledger' and s.opening_balance is not null and s.closing_balance is not null
  group by s.id
)
select format('%s %s', k.account, k.statement_number) as record,
       case when c.id is null then 'stands outside the chain' when c.state = 'held'
         then format('opens at %s, which no statement before it closed with: one is missing', k.opening_balance)
         else 'its balances or lines are not those that were joined' end as detail
from known k left join operational.statement_links c on c.statement_id = k.id
where c.id is null and (k.lines > 0 or k.opening_balance = k.closing_balance)
   or c.state = 'held' or c.opening <> k.opening_balance or c.closing <> k.closing_balance or c.moved <> k.moved
