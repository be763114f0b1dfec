-- Number and write the notes of note_heads_due with their lines, movements and open items.
with numbered as (
  select h.*, s.code, row_number() over (partition by s.code order by h.customer_id) as place
    from note_heads_due h
    cross join lateral (select case h.note_kind when 'interest_note' then 'NO' else 'NR' end || '/' || to_char(h.issue_date, 'YYYY/MM')) s (code)
),
counted as (
  select code, count(*) as notes from numbered group by code
),
opened as (
  insert into operational.note_series as s (code, last_number) select code, notes from counted order by code
  on conflict (code) do update set last_number = s.last_number + excluded.last_number
  returning code, last_number
),
placed as (
  select n.*, o.last_number - c.notes + n.place as sequence
    from numbered n join counted c on c.code = n.code join opened o on o.code = n.code
),
notes as (
  insert into operational.interest_notes (kind, series, sequence, number, customer_id, issue_date, due_date, through, amount, origin, bill_id,
    recorded_at)
  select note_kind, code, sequence, code || '/' || lpad(sequence::text, greatest(6, length(sequence::text)), '0'), customer_id, issue_date,
         due_date, through, amount, origin, bill_id, :as_of
    from placed order by code, sequence
  returning id, kind, customer_id, amount, issue_date, due_date, number
),
lines as (
  insert into operational.interest_note_lines (note_id, line_no, open_item_id, kind, rate_kind, period_from, period_to, principal, rate_pct,
    eur, eur_rate, amount)
  select n.id, row_number() over (partition by n.id order by l.open_item_id, l.kind, l.period_from), l.open_item_id, l.kind, l.rate_kind,
         l.period_from, l.period_to, l.principal, l.rate_pct, l.eur, l.eur_rate, l.amount
    from notes n join note_lines_due l on l.customer_id = n.customer_id and l.note_kind = n.kind
),
ledger as (
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, note_id,
    idempotency_key, recorded_at)
  select case when n.amount > 0 then 'receivable' else a.account end, case when n.amount > 0 then a.account else 'receivable' end,
         abs(n.amount), n.kind, n.issue_date, n.customer_id, n.id, 'note:' || n.id, :as_of
    from notes n cross join lateral (select case n.kind when 'interest_note' then 'interest_income' else 'compensation_income' end) a (account)
   order by n.id
),
outbox as (
  insert into operational.outbox (key, topic, payload, created_at)
  select 'interest_note:' || number, 'note.issued', jsonb_build_object('note_id', id), :as_of from notes where amount > 0 order by id
),
items as (
  insert into operational.open_items (customer_id, note_id, amount, business_date, due_date, recorded_at)
  select customer_id, id, amount, issue_date, due_date, :as_of from notes order by id
  returning id, note_id
)
select n.id as note_id, n.kind, n.customer_id, n.amount, i.id as open_item_id from notes n join items i on i.note_id = n.id order by n.id
