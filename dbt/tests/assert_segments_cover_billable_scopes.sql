-- The parts of a scope follow each other without gap or overlap.
select
    scopes.scope_key,
    scopes.period_to - scopes.period_from as days,
    sum(segments.period_to - segments.period_from) as cut_days
from {{ ref('int_billing_scopes_judged') }} as scopes
left join {{ ref('int_billing_scopes_cut') }} as segments
    on scopes.scope_key = segments.scope_key
where scopes.is_billable
group by scopes.scope_key, scopes.period_to, scopes.period_from
having
    sum(segments.period_to - segments.period_from)
    is distinct from scopes.period_to - scopes.period_from
