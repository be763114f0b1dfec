{# Net movement of a ledger account over the grouped transfers, positive on its natural side ('debit' or 'credit'). #}
{% macro account_movement(account, side, condition='true') -%}
{%- set sign = 1 if side == 'debit' else -1 -%}
coalesce(sum(
    case when debit_account = '{{ account }}' then {{ sign }} * amount when credit_account = '{{ account }}' then {{ -sign }} * amount end
) filter (where {{ condition }}), 0)
{%- endmacro %}
