-- Three sources side by side: rows of files (measured), issued lines (billed, estimated) and
-- proposals (what is still to be corrected).
with scopes as (
    select
        scopes.scope_id,
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.period_from,
        scopes.period_to,
        scopes.fingerprint = 'vanished' as is_vanished,
        (
            coalesce(targets.is_billable, false)
            and coalesce(scopes.fingerprint, '') <> coalesce(targets.fingerprint, '')
        ) as is_pending
    from {{ ref('stg_operational__billing_scopes') }} as scopes
    left join {{ ref('prop_document_scopes') }} as targets on scopes.scope_key = targets.scope_key
    where scopes.invoice_id is not null and not scopes.is_forecast
),

issued as (
    select
        scope_id,
        sum(energy_kwh_after - energy_kwh_before) as energy_kwh
    from {{ ref('stg_operational__document_lines') }}
    group by scope_id
),

-- What the newest state of each issued line says it billed by estimate.
newest_lines as (
    select distinct on (scope_id, line_key, vat_rate)
        scope_id,
        energy_kwh_after,
        estimated_kwh
    from {{ ref('stg_operational__document_lines') }}
    order by scope_id asc, line_key asc, vat_rate asc, document_id desc
),

estimated as (
    select
        scope_id,
        sum(case when energy_kwh_after <> 0 then estimated_kwh else 0 end) as energy_kwh
    from newest_lines
    group by scope_id
),

proposed as (
    select
        scope_key,
        sum(energy_kwh - coalesce((calculation ->> 'estimated_kwh')::numeric, 0)) as firm_kwh
    from {{ ref('prop_document_lines') }}
    where energy_kwh <> 0
    group by scope_key
),

measured as (
    select
        scopes.scope_id,
        sum({{ share_of_delivery('scopes.period_from', 'scopes.period_to') }}) as energy_kwh,
        sum({{ share_of_delivery('scopes.period_from', 'scopes.period_to') }})
        filter (where not delivered.is_estimated) as firm_kwh
    from scopes
    inner join {{ ref('fct_delivered_energy') }} as delivered
        on
            scopes.supply_point_id = delivered.supply_point_id
            and scopes.is_vanished is not true
            and delivered.period_from < scopes.period_to
            and delivered.period_to > scopes.period_from
    group by scopes.scope_id
),

gathered as (
    select
        scopes.*,
        coalesce(issued.energy_kwh, 0) as billed_kwh,
        coalesce(estimated.energy_kwh, 0) as estimated_kwh,
        coalesce(measured.energy_kwh, 0) as measured_kwh,
        coalesce(measured.energy_kwh, 0) - coalesce(measured.firm_kwh, 0) as measured_estimate_kwh,
        coalesce(proposed.firm_kwh, 0) as proposed_firm_kwh
    from scopes
    left join issued on scopes.scope_id = issued.scope_id
    left join estimated on scopes.scope_id = estimated.scope_id
    left join measured on scopes.scope_id = measured.scope_id
    left join proposed on scopes.scope_key = proposed.scope_key
)

select
    scope_id,
    scope_key,
    supply_point_id,
    period_from,
    period_to,
    is_pending,
    billed_kwh::numeric(18, 3) as billed_kwh,
    estimated_kwh::numeric(18, 3) as estimated_kwh,
    measured_kwh::numeric(18, 3) as measured_kwh,
    (
        measured_estimate_kwh
        + case when is_pending then proposed_firm_kwh - billed_kwh else -estimated_kwh end
    )::numeric(18, 3) as pending_kwh
from gathered
