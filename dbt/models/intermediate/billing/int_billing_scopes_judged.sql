-- Payment terms and the invoicing rule are those of the scope's last day.
select
    scopes.*,
    coalesce(terms.payment_term_days, 14) as payment_term_days,
    coalesce(terms.invoicing_rule, 'per_supply_point') as invoicing_rule,
    blocked.scope_key is null as is_billable
from {{ ref('int_billing_scopes_due') }} as scopes
left join {{ ref('stg_operational__contract_terms') }} as terms
    on
        scopes.contract_id = terms.contract_id
        and scopes.period_to - 1 >= terms.valid_from
        and scopes.period_to - 1 < terms.valid_to
left join (
    select distinct scope_key
    from {{ ref('int_billing_exceptions_found') }}
    where severity = 'blocking'
) as blocked on scopes.scope_key = blocked.scope_key
