-- Customers whose corrections in this batch become one document (VAT Act art. 106j(3)): by the dated rule of the day of issue, or
-- because a person chose so for the run. A batch takes whole customers, so nothing of a customer is left to another worker.
create temp table batch_collectives on commit drop as
with corrected as (
  select h.customer_id, count(*) as parts, max(h.due_date) as due_date,
         case when count(distinct h.correction ->> 'reason_code') = 1 then min(h.correction ->> 'reason_code') else 'several' end as reason_code
    from batch_heads h
   where h.kind = 'correction' and not h.is_forecast and cast(:correction_form as text) <> 'single'
   group by h.customer_id
  having count(*) >= 2
),
allowed as (
  select d.*,
         case when cast(:correction_form as text) = 'collective' then 2
              else (select r.min_invoices
                      from operational.collective_rules r
                     where r.superseded_at is null and r.customer_kind in ('any', c.kind)
                       and r.valid_from <= cast(:issue_date as date) and (r.valid_to is null or r.valid_to > cast(:issue_date as date))
                     order by r.customer_kind = 'any', r.valid_from desc limit 1) end as min_invoices
    from corrected d
    join operational.customers c on c.id = d.customer_id
)
select customer_id, parts, due_date, reason_code, row_number() over (order by customer_id)::int as place
  from allowed
 where parts >= min_invoices
