-- I25 | closing balance = opening balance + lines of a statement
select format('%s %s', s.account, s.statement_number) as record,
       format('%s + lines <> %s', s.opening_balance, s.closing_balance) as detail
from raw.bank_statements s join raw.files f on f.id = s.file_id
where s.opening_balance is not null and s.closing_balance is not null and f.rows_duplicate = 0
  and s.closing_balance <> s.opening_balance + coalesce((select sum(l.amount) from raw.bank_lines l where l.statement_id = s.id), 0)
