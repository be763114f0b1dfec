-- Messages: gateways, rates of channels, recalls of what a payment overtook; a night of dunning writes its messages set by set.
set role iris_owner;
set search_path = operational, public;

-- References of messages are checked once per statement, as those of documents are (0005). What a message is about is looked up
-- among the messages of its customer, so the index over all references has no reader; the others leave out what is not there.
alter table messages drop constraint messages_template_code_fkey, drop constraint messages_customer_id_fkey,
  drop constraint messages_document_id_fkey, drop constraint messages_version_id_fkey, drop constraint messages_replaces_id_fkey,
  drop constraint messages_outbox_id_fkey, drop constraint messages_replaces_id_key;
create trigger check_references after insert on messages referencing new table as new_rows for each statement
  execute function check_references('template_code', 'message_templates', 'code', 'customer_id', 'customers', 'id', 'document_id', 'documents', 'id',
                                    'version_id', 'message_template_versions', 'id', 'replaces_id', 'messages', 'id', 'outbox_id', 'outbox', 'id');
create trigger check_references_after_update after update on messages referencing new table as new_rows for each statement
  execute function check_references('version_id', 'message_template_versions', 'id');
drop index messages_refs, messages_document_id_idx, messages_outbox_id_idx;
create unique index messages_replaces on messages (replaces_id) where replaces_id is not null;
create index on messages (document_id) where document_id is not null;
create index on messages (outbox_id) where outbox_id is not null;

-- ---------------------------------------------------------------- what gateways say
-- misconfigured: the gateway refuses us, not the message. unreported: no report came while the provider could be asked.
alter table message_events drop constraint message_events_kind_check, add constraint message_events_kind_check
  check (kind in ('handover', 'accepted', 'deferred', 'refused', 'delivered', 'bounced', 'held', 'released', 'retried', 'cancelled', 'replaced',
    'in_doubt', 'misconfigured', 'unreported'));
create index message_misconfigured on message_events (channel, id) where kind = 'misconfigured';
create index messages_unreported on messages (sent_at) where channel = 'sms' and status = 'sent';

-- One row per run that asked the gateways what became of messages.
create table message_reconciliations (
  id bigint generated always as identity primary key, as_of timestamptz not null, confirmed integer not null, bounced integer not null,
  unreported integer not null, in_doubt integer not null, asks_again integer not null,
  recorded_at timestamptz not null default now(), recorded_by text not null default actor()
);
create trigger refuse_change before update or delete or truncate on message_reconciliations for each statement execute function refuse_change();
grant select, insert on message_reconciliations to iris_app;
grant select on message_reconciliations to iris_dbt;

-- ---------------------------------------------------------------- messages that a payment or a protection overtook
alter table dunning_deliveries drop constraint dunning_deliveries_outcome_check, drop constraint dunning_deliveries_check,
  add constraint dunning_deliveries_outcome_check check (outcome in ('delivered', 'refused', 'returned', 'recalled')),
  add constraint dunning_deliveries_check check ((outcome in ('returned', 'recalled')) = (delivered_on is null));
alter table dunning_events drop constraint dunning_events_kind_check, add constraint dunning_events_kind_check
  check (kind in ('opened', 'step', 'closed', 'hold_placed', 'hold_released', 'dispute_opened', 'dispute_closed', 'protection_recorded',
    'delivery_recorded', 'note', 'order_made', 'order_withdrawn', 'order_done', 'exported', 'handed_over', 'write_off_proposed', 'stage_changed',
    'message_recalled'));

-- What is true on a day of debts (open_item_id set) and of payers, and matters to a guard; the night and the recall of messages ask
-- the same. The body names a table of a later migration, so it is checked when it runs.
set local check_function_bodies = off;
create function dunning_facts_of(wanted bigint[], day date) returns table (customer_id bigint, open_item_id bigint, fact text) language sql stable as $$
select x.customer_id, x.open_item_id, 'dispute' as fact
from operational.document_disputes x
where x.customer_id = any(wanted) and x.opened_on <= day and (x.closed_on is null or x.closed_on > day)
union all
select x.customer_id, null, 'open_dispute'
from operational.document_disputes x
where x.customer_id = any(wanted) and x.opened_on <= day and (x.closed_on is null or x.closed_on > day)
union all
select p.customer_id, null, p.kind
from operational.customer_protections p
where p.customer_id = any(wanted) and p.superseded_at is null and p.valid_from <= day and (p.valid_to is null or p.valid_to > day)
union all
select h.customer_id, h.open_item_id, 'hold'
from operational.dunning_holds h
where h.customer_id = any(wanted) and h.held_from <= day and h.held_until > day and (h.released_on is null or h.released_on > day)
union all
select p.customer_id, i.open_item_id, 'instalment'
from operational.instalment_plans p
join operational.instalment_items i on i.agreement_id = p.id
where p.customer_id = any(wanted) and p.status = 'active'
union all
select c.customer_id, c.open_item_id, 'awaits_correction'
from operational.debts_awaiting_correction c
where c.customer_id = any(wanted) and c.since <= day $$;
set local check_function_bodies = on;

-- The guards that hold on a day, seasons over New Year included.
create function dunning_guards_on(day date) returns setof dunning_guards language sql stable as $$
  select * from operational.dunning_guards g
   where g.valid_from <= day and (g.valid_to is null or g.valid_to > day)
     and (g.season_from = ''
       or (g.season_from <= g.season_to and to_char(day, 'MM-DD') between g.season_from and g.season_to)
       or (g.season_from > g.season_to and (to_char(day, 'MM-DD') >= g.season_from or to_char(day, 'MM-DD') <= g.season_to))) $$;

-- Cancels the messages of dunning among ids that wait and have no debt left that is unpaid and unprotected on the day; returns them.
-- The letter then counts as never delivered, so no period of the act runs from it.
create function recall_overtaken(ids bigint[], day date, moment timestamptz) returns setof bigint language plpgsql as $$
begin
  return query
  with steps as (
    select m.id, m.channel, a.id as action_id, a.case_id, a.customer_id, s.kind as step_kind, s.step_code, c.kind as customer_kind
      from operational.messages m
      join operational.dunning_actions a on a.id = (m.refs ->> 'action_id')::bigint
      join operational.dunning_steps s on s.id = a.step_id
      join operational.customers c on c.id = a.customer_id
     where m.id = any(ids) and m.status = 'waiting' and m.refs ? 'action_id'
  ),
  blocks as (
    select f.customer_id, f.open_item_id, g.step_kind, g.customer_kind
      from operational.dunning_facts_of(array(select customer_id from steps), day) f
      join operational.dunning_guards_on(day) g on g.fact = f.fact
  ),
  debts as (
    select s.id, i.amount > coalesce((select sum(a.amount) from operational.allocations a where a.debt_item_id = i.id), 0) as is_open,
           exists (select from blocks b
                    where b.customer_id = s.customer_id and (b.open_item_id is null or b.open_item_id = i.id)
                      and b.step_kind in ('', s.step_kind) and b.customer_kind in ('', s.customer_kind)) as is_protected
      from steps s
      join operational.dunning_action_items x on x.action_id = s.action_id
      join operational.open_items i on i.id = x.open_item_id
  ),
  overtaken as (
    select s.*, case when coalesce(d.is_open, false) then 'protected meanwhile' else 'paid meanwhile' end as reason
      from steps s
      left join (select debts.id, bool_or(is_open) as is_open, bool_or(is_open and not is_protected) as is_due from debts group by debts.id) d
        on d.id = s.id
     where not coalesce(d.is_due, false)
  ),
  stopped as (
    update operational.messages m set status = 'cancelled', last_error = o.reason, next_attempt_at = moment
      from overtaken o where m.id = o.id and m.status = 'waiting'
    returning m.id
  ),
  noted as (
    insert into operational.message_events (message_id, kind, channel, occurred_at, detail)
    select o.id, 'cancelled', o.channel, moment, o.reason from overtaken o join stopped t on t.id = o.id order by o.id
  ),
  logged as (
    insert into operational.dunning_events (case_id, customer_id, kind, happened_on, action_id, details)
    select o.case_id, o.customer_id, 'message_recalled', day, o.action_id, jsonb_build_object('step', o.step_code, 'reason', o.reason)
      from overtaken o join stopped t on t.id = o.id where o.case_id is not null order by o.id
  ),
  undelivered as (
    insert into operational.dunning_deliveries (action_id, delivered_on, outcome)
    select o.action_id, null, 'recalled' from overtaken o join stopped t on t.id = o.id where o.case_id is not null on conflict do nothing
  )
  select t.id from stopped t;
end $$;

-- ---------------------------------------------------------------- the message of a note of recovery costs
-- Message templates have forced row-level security, so the administrator writes them.
reset role;
select set_config('app.actor', 'system:migration', false);
insert into message_templates (code, name_pl, name_en, variables, default_channel, attaches_document, is_secret, priority, sort_order) values
  ('interest.compensation', 'Nota za koszty odzyskiwania należności', 'Note of recovery costs', '{"number": "text", "amount": "money", "due_date": "date"}', null, true, false, 5, 105);
insert into message_template_versions (template_code, channel, language, version_no, subject, body, note, created_by)
select 'interest.compensation', 'standard', t.language, 1, t.subject, t.body, 'delivered with IRIS', 'system:migration' from (values
  ('pl', $t$Nota {{ number }} za koszty odzyskiwania należności$t$, $t$Dzień dobry,

wystawiliśmy notę {{ number }} na rekompensatę za koszty odzyskiwania należności. Termin płatności: {{ due_date }}.

Do zapłaty: {{ amount }}
Konto: {{ account }}
Tytuł: {{ number }}

Nota jest w załączniku. W razie pytań: {{ seller_phone }}.$t$),
  ('en', $t$Note {{ number }} of recovery costs$t$, $t$Good day,

we issued note {{ number }} for the compensation of recovery costs. Due date: {{ due_date }}.

Amount due: {{ amount }}
Account: {{ account }}
Title: {{ number }}

The note is attached. Questions: {{ seller_phone }}.$t$)) as t (language, subject, body);
insert into message_template_activations (version_id, activated_at, activated_by)
  select id, '2016-01-01', 'system:migration' from message_template_versions where template_code = 'interest.compensation';
select set_config('app.actor', '', false);
reset search_path;
