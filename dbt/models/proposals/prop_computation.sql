-- depends_on: {{ ref('prop_document_lines') }}
-- depends_on: {{ ref('prop_document_scopes') }}
-- depends_on: {{ ref('prop_billing_exceptions') }}
{{ config(meta={'delete_where': 'true'}) }}
select
    '{{ invocation_id }}'::text as computation_id,
    {{ known_at() }} as known_at,
    {{ billed_through() }} as billed_through
