{# A table made anew: built beside the old one and put in its place by one round trip to the server. Readers see the
   old rows until the new ones are complete. dbt's own way takes six round trips, which is most of a small build. #}
{% materialization table, adapter='postgres', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set filled = target.incorporate(path={'identifier': this.identifier ~ '__new'}) -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        drop table if exists {{ filled }};
        {{ get_create_table_as_sql(False, filled, sql) }};
        {%- for index in config.get('indexes', []) %}
            {{ get_create_index_sql(filled, index) }};
        {%- endfor %}
        {{ drop_old(existing) }}
        alter table {{ filled }} rename to {{ target.identifier }};
        analyze {{ target }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{# A view made anew in one round trip; its columns may differ from before. #}
{% materialization view, adapter='postgres', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- call statement('main') -%}
        {{ drop_old(existing) }}
        create view {{ target }} as (
            {{ sql }}
        )
    {%- endcall -%}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{# The statement that removes what stands under the name of a model, with the views on it. #}
{% macro drop_old(existing) -%}
    {%- if existing -%}drop {{ existing.type }} if exists {{ existing }} cascade;{%- endif -%}
{%- endmacro %}
