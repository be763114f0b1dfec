-- Contract x supply point without a sent first bill: every step with its day, the step it stands at, the true reason and what it costs.
-- Parameters: today. Everything follows from the facts of this moment; nothing here is stored.
with days as (
  select d::date as d, extract(isodow from d) < 6 and not exists (select from operational.holidays h where h.day = d::date) as is_working
  from generate_series(cast(:today as date) - 800, cast(:today as date) + 400, interval '1 day') d),
ranks as (select d, is_working, count(*) filter (where is_working) over (order by d) as n from days),
workdays as (select n, d from ranks where is_working),
limits as (
  select coalesce(max(days) filter (where code = 'case_opened'), 0) as case_opened, coalesce(max(days) filter (where code = 'case_sent'), 0) as case_sent,
    coalesce(max(days) filter (where code = 'answered'), 0) as answered, coalesce(max(days) filter (where code = 'started'), 0) as started,
    coalesce(max(days) filter (where code = 'start_reading'), 0) as start_reading, coalesce(max(days) filter (where code = 'computed'), 0) as computed,
    coalesce(max(days) filter (where code = 'invoiced'), 0) as invoiced, coalesce(max(days) filter (where code = 'sent'), 0) as sent
  from operational.watch_steps where superseded_at is null and valid_from <= :today and (valid_to is null or valid_to > :today)),
facts as (
  select w.contract_id, w.supply_point_id, c.public_id::text as contract_public_id, c.number as contract_number, c.customer_id, c.signed_on,
    cu.public_id::text as customer_public_id, cu.name as customer_name, cu.customer_number, cu.kind as customer_kind,
    p.public_id::text as point_public_id, p.code as point_code, p.medium, p.dso_code, t.tariff_group, t.annual_kwh, t.metering_mode,
    terms.price_list_id, terms.cycle_months, terms.cycle_anchor, pr.code as product_code, pr.name as product_name,
    g.state as signature_state, g.withdrawal_until, g.early_start, g.withdrawn_on,
    r.kind as start_kind, r.wanted_start, r.outcome as request_outcome, r.reason as request_reason, r.ended_on as request_ended_on,
    s.public_id as case_public_id, s.number as case_number, s.status as case_status, s.opened_on as case_opened_on, s.sent_on as case_sent_on,
    s.deadline_on as case_deadline_on, s.changed_on as case_changed_on, s.confirmed_start, s.rejection_code, s.missing as case_missing,
    k.start_on, k.end_on,
    greatest(c.signed_on, case when g.early_start then c.signed_on else coalesce(g.withdrawal_until, c.signed_on) end) as free_on
  from operational.watch_points w
  join operational.contracts c on c.id = w.contract_id
  join operational.customers cu on cu.id = c.customer_id
  join operational.supply_points p on p.id = w.supply_point_id
  left join lateral (select x.tariff_group, x.annual_kwh, x.metering_mode from operational.supply_point_terms x
    where x.supply_point_id = p.id and x.superseded_at is null order by x.valid_from <= :today desc, x.valid_from desc limit 1) t on true
  left join lateral (select x.price_list_id, x.cycle_months, x.cycle_anchor from operational.contract_terms x
    where x.contract_id = c.id and x.superseded_at is null order by x.valid_from limit 1) terms on true
  left join operational.price_lists l on l.id = terms.price_list_id
  left join operational.products pr on pr.id = l.product_id
  left join operational.contract_signatures g on g.contract_id = c.id and g.superseded_at is null
  left join lateral (select x.kind, x.wanted_start, e.outcome, e.reason, e.recorded_at::date as ended_on from operational.start_requests x
    left join operational.start_request_ends e on e.request_id = x.id
    where x.contract_id = c.id and x.supply_point_id = p.id order by x.id desc limit 1) r on true
  left join lateral (select x.* from operational.switching_cases x
    where x.contract_id = c.id and x.supply_point_id = p.id and x.direction = 'in' order by x.id desc limit 1) s on true
  left join lateral (select min(x.valid_from) as start_on, max(coalesce(x.valid_to, 'infinity'::date)) as end_on from operational.contract_supply_points x
    where x.contract_id = c.id and x.supply_point_id = p.id and x.superseded_at is null) k on true),
billed as (
  select f.*, f.start_kind in ('switch', 'first_switch') as is_switch, f.case_status in ('VERIFIED_OK', 'SCHEDULED', 'ACTIVE', 'REJECTED', 'COLLISION') as is_answered,
    least((f.cycle_anchor + make_interval(months => f.cycle_months * (floor((12 * (extract(year from f.start_on) - extract(year from f.cycle_anchor))
      + extract(month from f.start_on) - extract(month from f.cycle_anchor)) / f.cycle_months) + 1)::int))::date, nullif(f.end_on, 'infinity'::date)) as cycle_end,
    rd.reading_on, d.issue_date as invoiced_on, d.public_id::text as document_public_id, d.number as document_number, m.status as message_status, m.sent_on as bill_sent_on,
    ex.code as exception_code, run.status as run_status, price.price
  from facts f
  left join lateral (select min(x.reading_date) as reading_on from operational.readings x
    where x.supply_point_id = f.supply_point_id and x.superseded_at is null and x.reading_date >= f.start_on - 1) rd on true
  left join lateral (select x.id, x.public_id, x.number, x.issue_date from operational.billing_scopes b join operational.documents x on x.id = b.invoice_id
    where b.contract_id = f.contract_id and b.supply_point_id = f.supply_point_id
    and b.period_from <= f.start_on order by x.issue_date, x.id limit 1) d on true  -- a later month's bill does not bill the first days
  left join lateral (select x.status, (x.sent_at at time zone 'Europe/Warsaw')::date as sent_on from operational.messages x where x.document_id = d.id
    order by x.status in ('sent', 'delivered') desc, x.id desc limit 1) m on true
  left join lateral (select x.code from operational.billing_exceptions x where x.resolved_at is null and x.severity = 'blocking' and d.id is null
    and f.start_on is not null and (x.supply_point_id = f.supply_point_id or (x.supply_point_id is null and x.scope_key is null and x.customer_id = f.customer_id))
    order by x.opened_at, x.id limit 1) ex on true
  left join lateral (select x.status from operational.billing_runs x where d.id is null and f.start_on is not null
    and x.billing_month = date_trunc('month', least((f.cycle_anchor + make_interval(months => f.cycle_months * (floor((12 * (extract(year from f.start_on)
      - extract(year from f.cycle_anchor)) + extract(month from f.start_on) - extract(month from f.cycle_anchor)) / f.cycle_months) + 1)::int))::date,
      f.end_on) - 1)::date order by x.id desc limit 1) run on true
  left join lateral (select avg(x.price) as price from operational.price_list_items x where x.price_list_id = f.price_list_id and x.unit = 'kwh'
    and x.superseded_at is null and x.tariff_group in ('', f.tariff_group) and x.valid_from <= greatest(:today, coalesce(f.start_on, f.wanted_start, :today))
    and (x.valid_to is null or x.valid_to > :today)) price on true),
dated as (
  select b.*, coalesce(w1.d, b.free_on) as due_case_opened,
    coalesce(case when b.case_sent_on is null then b.case_deadline_on end, w2.d) as due_case_sent,
    coalesce(case when b.case_status in ('SENT', 'RESENT', 'ACK') then b.case_deadline_on end, w3.d) as due_answered,
    coalesce(b.start_on, b.confirmed_start, b.wanted_start, b.signed_on + l.started) as due_started,
    b.start_on + l.start_reading as due_start_reading, b.cycle_end + l.computed as due_computed, b.cycle_end + l.invoiced as due_invoiced, w4.d as due_sent
  from billed b cross join limits l
  left join ranks r1 on r1.d = b.free_on left join workdays w1 on w1.n = r1.n + l.case_opened and l.case_opened > 0
  left join ranks r2 on r2.d = coalesce(b.case_opened_on, w1.d, b.free_on) left join workdays w2 on w2.n = r2.n + l.case_sent
  left join ranks r3 on r3.d = coalesce(b.case_sent_on, w2.d) left join workdays w3 on w3.n = r3.n + l.answered
  left join ranks r4 on r4.d = b.invoiced_on left join workdays w4 on w4.n = r4.n + l.sent),
placed as (
  select d.*, case
      when d.bill_sent_on is not null then 'done'
      when d.start_on is null and (d.signature_state = 'withdrawn' or d.request_outcome in ('withdrawn', 'cancelled')
        or d.case_status in ('CANCELLED_BY_CUSTOMER', 'WITHDRAWN', 'CLOSED')) then 'lost'
      when d.start_on is null and d.is_switch and d.case_status is null and d.free_on > :today then 'withdrawal'
      when d.start_on is null and d.is_switch and d.case_status is null then 'case_opened'
      when d.start_on is null and d.is_switch and d.case_sent_on is null then 'case_sent'
      when d.start_on is null and d.is_switch and (not d.is_answered or d.case_status in ('REJECTED', 'COLLISION')) then 'answered'
      when d.start_on is null or d.start_on > :today then 'started'
      when d.invoiced_on is not null then 'sent'
      when d.reading_on is null and coalesce(d.metering_mode, 'registers') = 'registers' then 'start_reading'
      when d.run_status is null or d.run_status = 'rejected' or d.exception_code is not null then 'computed'
      else 'invoiced' end as place
  from dated d),
judged as (
  select p.*, case p.place when 'withdrawal' then p.free_on when 'case_opened' then p.due_case_opened when 'case_sent' then p.due_case_sent
      when 'answered' then p.due_answered when 'started' then p.due_started when 'start_reading' then p.due_start_reading when 'computed' then p.due_computed
      when 'invoiced' then p.due_invoiced when 'sent' then p.due_sent when 'lost' then coalesce(p.request_ended_on, p.withdrawn_on, p.case_changed_on, p.signed_on) end as due_on,
    case p.place
      when 'lost' then case when p.signature_state = 'withdrawn' or p.request_outcome = 'withdrawn' or p.case_status = 'WITHDRAWN' then 'customer_withdrew'
        when p.case_status = 'CANCELLED_BY_CUSTOMER' then 'case_cancelled' when p.case_status = 'CLOSED' then 'case_closed' else 'cancelled' end
      when 'withdrawal' then 'withdrawal_runs' when 'case_opened' then 'no_case'
      when 'case_sent' then case when p.case_status = 'DOCS_INCOMPLETE' then 'papers_missing' else 'not_sent' end
      when 'answered' then case p.case_status when 'REJECTED' then 'rejected' when 'COLLISION' then 'collision' else 'no_answer' end
      when 'started' then case when p.due_started <= :today then 'not_activated' else 'waits_for_start' end
      when 'start_reading' then 'no_start_reading' when 'computed' then case when p.exception_code is not null then 'exception' else 'not_billed' end
      when 'invoiced' then case when p.run_status = 'issued' then 'not_issued' else 'run_open' end
      when 'sent' then case when p.message_status is null then 'no_message' when p.message_status = 'failed' then 'message_failed' else 'message_waiting' end
    end as reason
  from placed p),
watched as (
  select j.*, case when j.place in ('done', 'lost') then j.place when j.due_on < :today then 'late' else 'on_time' end as state,
    concat_ws(', ', case when j.place = 'answered' then j.rejection_code end, case when j.place = 'case_sent' then array_to_string(j.case_missing, ', ') end,
      case when j.place = 'computed' then j.exception_code end, case when j.place = 'lost' then nullif(j.request_reason, '') end) as detail,
    greatest(cast(:today as date) - j.due_on, 0) as days_late,
    round(case when j.place = 'lost' then 365 when j.due_on >= :today then 0
        when j.start_on is null then greatest(cast(:today as date) - j.due_started, 0) else greatest(cast(:today as date) - j.start_on, 0) end
      * coalesce(j.annual_kwh, 0) / 365 * coalesce(j.price, 0), 2) as stake
  from judged j)
