-- depends_on: {{ ref('prop_computation') }}
-- depends_on: {{ ref('int_billing_facts_changed') }}
{{ config(
    materialized='in_place',
    meta={
        'delete_where': "(fact, fact_id) in (
            select changed.fact, changed.fact_id from {{ ref('int_billing_facts_changed') }} as changed
        )"
    }
) }}
select
    fact,
    fact_id,
    content,
    owner_id,
    owner_code,
    first_day
from {{ ref('int_billing_facts_changed') }}
where is_known
