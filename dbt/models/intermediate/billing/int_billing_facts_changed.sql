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
    select
        coalesce(known_facts.fact, seen_facts.fact) as fact,
        coalesce(known_facts.fact_id, seen_facts.fact_id) as fact_id,
        coalesce(known_facts.content, seen_facts.content) as content,
        coalesce(known_facts.owner_id, seen_facts.owner_id) as owner_id,
        coalesce(known_facts.owner_code, seen_facts.owner_code) as owner_code,
        coalesce(known_facts.first_day, seen_facts.first_day) as first_day,
        known_facts.fact is not null as is_known
    from known_facts
    full outer join {{ kept_relation('intermediate', 'int_billing_facts_seen') }} as seen_facts
        on
            known_facts.fact_id = seen_facts.fact_id
            and known_facts.fact = seen_facts.fact
            and known_facts.content = seen_facts.content
    where
        (known_facts.fact is null or seen_facts.fact is null)
        {%- if is_simulated() %} and false{% endif %}
{% endif %}
