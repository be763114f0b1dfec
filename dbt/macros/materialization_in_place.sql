{# A table that stays: rows named by `delete_where` go and the rows of the model come, in one transaction.
   In a full computation every row goes. The table is made again only when its contract changed. #}
{% materialization in_place, adapter='postgres' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set columns = model['columns'].values() | map(attribute='name') | list -%}
    {%- set found = adapter.get_columns_in_relation(existing) if existing else [] -%}
    {%- set column_list = columns | join(', ') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if (found | map(attribute='name') | list) != columns -%}
        {%- if existing and not is_full() -%}
            {%- do exceptions.raise_compiler_error(
                this ~ ' has other columns than its contract. Compute everything anew with full=true.') -%}
        {%- endif -%}
        {%- if existing -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('create_table') -%}
            create table {{ target }} {{ get_table_columns_and_constraints() }}
        {%- endcall -%}
        {%- for index in config.get('indexes', []) -%}
            {%- do run_query(get_create_index_sql(target, index)) -%}
        {%- endfor -%}
    {%- elif is_full() -%}
        {%- do run_query('delete from ' ~ target) -%}
    {%- else -%}
        {%- do run_query('delete from ' ~ target ~ ' where ' ~ render(config.get('meta')['delete_where'])) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ get_assert_columns_equivalent(sql) }}
        insert into {{ target }} ({{ column_list }})
        select {{ column_list }}
        from ({{ sql }}) as computed
    {%- endcall -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
