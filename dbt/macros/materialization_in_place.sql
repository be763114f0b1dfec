{# A table that stays: rows named by meta `delete_where` go and the rows of the model come, in one transaction.
   In a full computation a new table takes the place of the old one. #}
{% materialization in_place, adapter='postgres' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set columns = model['columns'].values() | map(attribute='name') | list -%}
    {%- set found = adapter.get_columns_in_relation(existing) if existing else [] -%}
    {%- set column_list = columns | join(', ') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set is_kept = (found | map(attribute='name') | list) == columns and not is_full() -%}
    {%- if existing and not is_kept and not is_full() -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' has other columns than its contract. Compute everything anew with full=true.') -%}
    {%- endif -%}
    {%- if is_kept -%}
        {%- set filled = target -%}
        {%- do run_query('delete from ' ~ target ~ ' where ' ~ render(config.get('meta')['delete_where'])) -%}
    {%- else -%}
        {#- Readers see the old table until the new one takes its name, in the same transaction. -#}
        {%- set filled = make_intermediate_relation(target) -%}
        {%- do adapter.drop_relation(filled) -%}
        {%- call statement('create_table') -%}
            create table {{ filled }} {{ get_table_columns_and_constraints() }}
        {%- endcall -%}
        {%- for index in config.get('indexes', []) -%}
            {%- do run_query(get_create_index_sql(filled, index)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ get_assert_columns_equivalent(sql) }}
        insert into {{ filled }} ({{ column_list }})
        select {{ column_list }}
        from ({{ sql }}) as computed
    {%- endcall -%}
    {%- if not is_kept -%}
        {%- if existing -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- do adapter.rename_relation(filled, target) -%}
    {%- endif -%}
    {%- if var('schema_prefix', '') and target.schema.endswith('proposals') -%}
        {#- Default privileges hold for the live schema only. -#}
        {%- do run_query('grant usage on schema ' ~ target.schema ~ ' to iris_app') -%}
        {%- do run_query('grant select on ' ~ target ~ ' to iris_app') -%}
    {%- endif -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
