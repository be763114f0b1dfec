-- Nothing is dropped silently: a due scope is there; a billable one has lines, another one a
-- blocking exception.
select
    due.scope_key,
    kept.is_billable,
    kept.line_count
from {{ ref('int_billing_scopes_due') }} as due
left join {{ ref('prop_document_scopes') }} as kept
    on due.scope_key = kept.scope_key
left join (
    select distinct scope_key
    from {{ ref('prop_billing_exceptions') }}
    where severity = 'blocking'
) as blocked on due.scope_key = blocked.scope_key
where
    kept.scope_key is null
    or (kept.is_billable and kept.line_count = 0)
    or kept.is_billable = (blocked.scope_key is not null)
