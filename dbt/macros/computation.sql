{# A relation of the proposals or intermediate schema that holds what the last computation left. Not a ref, because
   the computation reads its own past; none when it was never built. #}
{% macro kept_relation(schema, name) -%}
    {{ return(adapter.get_relation(
        database=target.database, schema=var('schema_prefix', '') ~ schema, identifier=name)) }}
{%- endmacro %}

{# True when everything is computed anew: on demand, or when no finished computation is there to go on from. #}
{% macro is_full() -%}
    {%- if var('full', false) or not execute -%}{{ return(true) }}{%- endif -%}
    {%- set computation = kept_relation('proposals', 'prop_computation') -%}
    {%- set seen = kept_relation('intermediate', 'int_billing_facts_seen') -%}
    {%- if not computation or not seen -%}{{ return(true) }}{%- endif -%}
    {{ return(previous_billed_through() is none) }}
{%- endmacro %}

{# Tells whether rows of facts get the prices that a simulation supposes (operational.simulation_rates). #}
{% macro is_simulated() -%}
    {{ return(var('simulation', 0) | int > 0) }}
{%- endmacro %}

{# Last day of the previous computation, none when it did not finish (this one excepted). #}
{% macro previous_billed_through() -%}
    {%- set found = run_query(
        'select max(billed_through) from ' ~ kept_relation('proposals', 'prop_computation')
        ~ " where computation_id not like 'unfinished:%' or computation_id = 'unfinished:" ~ invocation_id ~ "'"
    ) -%}
    {{ return(found.columns[0].values()[0]) }}
{%- endmacro %}

{# First day from which scopes are due that were not in the previous computation, or no longer are; a simulation
   computes the scopes that end in the last month. #}
{% macro first_day_billed_anew() -%}
    {%- if is_simulated() -%}
        date_trunc('month', {{ billed_through() }})::date
    {%- elif is_full() -%} {{ dawn() }} {%- else -%}
        least('{{ previous_billed_through() }}'::date, {{ billed_through() }}) + 1
    {%- endif -%}
{%- endmacro %}

{# Say that the proposals are being changed: whoever compares the id of the computation sees another one. #}
{% macro mark_unfinished() -%}
    {%- set computation = kept_relation('proposals', 'prop_computation') -%}
    {%- if computation and not is_simulated() -%}
        update {{ computation }} set computation_id = 'unfinished:{{ invocation_id }}'
    {%- endif -%}
{%- endmacro %}

{# Keys of the scopes whose proposals are replaced: those computed now and those of the work set that were there. #}
{% macro scopes_to_replace() -%}
    select due.scope_key from {{ ref('int_billing_scopes_due') }} as due
    {%- set scopes = kept_relation('proposals', 'prop_document_scopes') %}
    {%- if scopes %}
    union all
    select kept.scope_key
    from {{ scopes }} as kept
    inner join {{ ref('int_billing_work_selected') }} as work
        on kept.supply_point_id = work.supply_point_id and kept.period_to > work.dirty_from
    {%- endif %}
{%- endmacro %}

{# Energy of a supply point on the days of a price cap in the bills that stay as they are, to be read beside the group
   of `stretches` in int_billing_caps_applied; 0 when every bill is computed anew. #}
{% macro capped_energy_kept() -%}
    {%- set lines = none if is_full() else kept_relation('proposals', 'prop_document_lines') -%}
    {%- if lines -%}
    coalesce((
        select sum(kept.energy_kwh)
        from {{ lines }} as kept
        where
            kept.supply_point_id = stretches.supply_point_id
            and kept.charge_code = 'energy_active'
            and kept.period_from >= min(stretches.cap_from)
            and kept.period_from < min(stretches.cap_to)
            and kept.scope_key not in ({{ scopes_to_replace() }})
    ), 0)
    {%- else -%}
    0::numeric
    {%- endif -%}
{%- endmacro %}

{# First day of the scopes to replace: a bound that lets deletes and sums pass over older months by index. #}
{% macro first_replaced_day() -%}
    {%- if not execute -%}{{ return('1900-01-01') }}{%- endif -%}
    {%- set scopes = kept_relation('proposals', 'prop_document_scopes') -%}
    {%- set found = run_query(
        'select coalesce(least((select min(period_from) from ' ~ ref('int_billing_scopes_due') ~ ')'
        ~ ((', (select min(kept.period_from) from ' ~ scopes ~ ' as kept inner join '
            ~ ref('int_billing_work_selected') ~ ' as work on kept.supply_point_id = work.supply_point_id'
            ~ ' and kept.period_to > work.dirty_from)') if scopes else '')
        ~ '), ' ~ forever() ~ ')'
    ) -%}
    {{ return(found.columns[0].values()[0] | string) }}
{%- endmacro %}
