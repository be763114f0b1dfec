{# True when an account (digits only) is the seller's: at the seller's bank code, or listed. The vars come from the settings. #}
{% macro is_own_account(account_digits) -%}
    {%- set own_bank_code = modules.re.sub('[^0-9]', '', var('own_bank_code', '') | string) -%}
    (
        {%- if own_bank_code %}
        (length({{ account_digits }}) = 26 and substr({{ account_digits }}, 3, 8) = '{{ own_bank_code }}')
        {%- else %}
        false
        {%- endif %}
        {%- for account in var('own_accounts', []) %}
        or {{ account_digits }} = '{{ modules.re.sub('[^0-9]', '', account | string) }}'
        {%- endfor %}
    )
{%- endmacro %}
