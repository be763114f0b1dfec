{# Proposals: the table stays, the scopes of the work set are deleted and inserted anew in one transaction.
   With var full=true everything is deleted. The table is made again only when its contract changed. #}
{% materialization proposal, adapter='postgres' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set columns = model['columns'].values() | map(attribute='name') | list -%}
    {%- set kept = (adapter.get_columns_in_relation(existing) | map(attribute='name') | list) if existing else [] -%}
    {%- set column_list = columns | join(', ') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if kept != columns -%}
        {%- if existing -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('create_table') -%}
            create table {{ target }} {{ get_table_columns_and_constraints() }}
        {%- endcall -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ get_assert_columns_equivalent(sql) }}
        {%- if var('full', false) %}
        delete from {{ target }};
        {%- elif config.get('delete_where') %}
        delete from {{ target }} where {{ config.get('delete_where') }};
        {%- endif %}
        insert into {{ target }} ({{ column_list }})
        select {{ column_list }}
        from ({{ sql }}) as computed
    {%- endcall -%}
    {%- do apply_grants(target, config.get('grants'), should_revoke=True) -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
