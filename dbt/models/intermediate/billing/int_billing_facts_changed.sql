-- Facts that are known now and were not in the last computation, or the other way round.
-- Rows are compared one by one, never by time stamps: what was committed late is not missed.
with known_facts as (
    {{ facts_known() }}
)
{% if is_full() %}
select
    known_facts.*,
    true as is_known
from known_facts
{% else %}
,

seen_facts as (
    select *
    from {{ kept_relation('intermediate', 'int_billing_facts_seen') }}
)

select
    known_facts.*,
    true as is_known
from known_facts
where not exists (
    select 1
    from seen_facts
    where
        known_facts.fact = seen_facts.fact
        and known_facts.fact_id = seen_facts.fact_id
        and known_facts.content = seen_facts.content
)
union all
select
    seen_facts.fact,
    seen_facts.fact_id,
    seen_facts.content,
    seen_facts.owner_id,
    seen_facts.owner_code,
    seen_facts.first_day,
    false as is_known
from seen_facts
where not exists (
    select 1
    from known_facts
    where
        known_facts.fact = seen_facts.fact
        and known_facts.fact_id = seen_facts.fact_id
        and known_facts.content = seen_facts.content
)
{% endif %}
