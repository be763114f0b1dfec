-- The collective corrections with their numbers and sums; each number is the series of its parts. The counter was moved before.
with numbered as (
  select c.*, cast(:collective_series as text) || '/' || lpad((c.place + cast(:collectives_before as bigint))::text, 6, '0') as number
    from batch_collectives c
),
series as (
  insert into operational.number_series (code, last_number) select n.number, n.parts from numbered n order by n.number
),
total as (
  select h.customer_id, sum(h.net) as net, sum(h.vat) as vat from batch_heads h where h.kind = 'correction' and not h.is_forecast group by h.customer_id
)
insert into operational.collective_corrections (series, sequence, number, customer_id, run_id, issue_date, due_date, reason_code, reason,
  parts, net_amount, vat_amount, gross_amount)
select :collective_series, n.place + cast(:collectives_before as bigint), n.number, n.customer_id, :run_id, cast(:issue_date as date),
       n.due_date, n.reason_code, :correction_reason, n.parts, t.net, t.vat, t.net + t.vat
  from numbered n
  join total t on t.customer_id = n.customer_id
 order by n.place
