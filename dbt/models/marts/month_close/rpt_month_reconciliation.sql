with pairs (check_code, source_a, source_b) as (
    values
    ('documents_net_equals_lines', 'documents_net', 'lines_net'),
    ('vat_register_net_equals_documents', 'vat_register_net', 'documents_net'),
    ('vat_register_equals_ledger', 'vat_register_vat', 'ledger_vat'),
    ('documents_net_equals_ledger_sales', 'documents_net', 'ledger_sales'),
    ('documents_gross_equals_ledger_receivables', 'documents_gross', 'ledger_billed'),
    ('bank_lines_equal_ledger_bank', 'bank_lines', 'ledger_bank'),
    ('bank_equals_posted_plus_suspense', 'ledger_bank', 'ledger_received')
),

compared as (
    select
        sources.report_month,
        pairs.check_code,
        coalesce(sum(sources.amount) filter (where sources.source = pairs.source_a), 0) as amount_a,
        coalesce(sum(sources.amount) filter (where sources.source = pairs.source_b), 0) as amount_b,
        true as is_reconciled
    from pairs
    inner join {{ ref('rpt_month_sums') }} as sources
        on sources.source in (pairs.source_a, pairs.source_b)
    group by sources.report_month, pairs.check_code
    -- These two stand on the business day and must agree for every customer and point.
    union all
    select
        {{ month_of(business_day()) }} as report_month,
        'customer_balances' as check_code,
        coalesce(sum(ledger_balance), 0) as amount_a,
        coalesce(sum(warehouse_balance), 0) as amount_b,
        coalesce(bool_and(
            ledger_balance = warehouse_balance and ledger_balance = open_items_balance
        ), true) as is_reconciled
    from {{ ref('fct_customer_balances') }}
    union all
    select
        {{ month_of(business_day()) }} as report_month,
        'energy_conservation' as check_code,
        coalesce(sum(delivered_kwh), 0) as amount_a,
        coalesce(sum(billed_kwh + unbilled_kwh), 0) as amount_b,
        coalesce(bool_and(difference_kwh = 0), true) as is_reconciled
    from {{ ref('fct_energy_balance') }}
)

select
    report_month,
    check_code,
    amount_a::numeric(18, 2) as amount_a,
    amount_b::numeric(18, 2) as amount_b,
    (amount_a - amount_b)::numeric(18, 2) as difference,
    is_reconciled and amount_a = amount_b as is_reconciled
from compared
