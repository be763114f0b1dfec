with documents as (

    select {{ month_of('issue_date') }} as report_month, sum(net_amount) as net, sum(vat_amount) as vat, sum(gross_amount) as gross
    from {{ ref('stg_operational__documents') }}
    group by 1

),

lines as (

    select issue_month as report_month, sum(net_amount) as net
    from {{ ref('fct_document_lines') }}
    group by issue_month

),

vat_register as (

    select {{ month_of('documents.issue_date') }} as report_month, sum(vat.net_amount) as net, sum(vat.vat_amount) as vat
    from {{ ref('stg_operational__document_vat') }} as vat
    inner join {{ ref('stg_operational__documents') }} as documents on vat.document_id = documents.document_id
    group by 1

),

ledger as (

    select
        {{ month_of('business_date') }} as report_month,
        {{ account_movement('sales', 'credit') }} as sales,
        {{ account_movement('vat_output', 'credit') }} as vat,
        {{ account_movement('receivable', 'debit', "document_id is not null") }} as billed,
        {{ account_movement('receivable', 'credit', "payment_id is not null") }} as paid,
        {{ account_movement('bank', 'debit') }} as bank,
        {{ account_movement('suspense', 'credit') }} as suspense,
        {{ account_movement('bank_other', 'credit') }} as bank_other
    from {{ ref('stg_operational__ledger_transfers') }}
    group by 1

),

bank_lines as (

    select {{ month_of('booked_on') }} as report_month, sum(amount) as amount
    from {{ ref('stg_bank__own_lines') }}
    group by 1

),

compared as (

    select 'documents_net_equals_lines' as check_code, report_month, documents.net as amount_a, lines.net as amount_b
    from documents full outer join lines using (report_month)

    union all

    select 'vat_register_net_equals_documents', report_month, vat_register.net, documents.net
    from vat_register full outer join documents using (report_month)

    union all

    select 'vat_register_equals_ledger', report_month, vat_register.vat, ledger.vat
    from vat_register full outer join ledger using (report_month)

    union all

    select 'documents_net_equals_ledger_sales', report_month, documents.net, ledger.sales
    from documents full outer join ledger using (report_month)

    union all

    select 'documents_gross_equals_ledger_receivables', report_month, documents.gross, ledger.billed
    from documents full outer join ledger using (report_month)

    union all

    select 'bank_lines_equal_ledger_bank', report_month, bank_lines.amount, ledger.bank
    from bank_lines full outer join ledger using (report_month)

    union all

    select 'bank_equals_posted_plus_suspense', report_month, bank, paid + suspense + bank_other
    from ledger

),

-- These two stand on the business day and must agree for every customer and point, not only in sum.
standing as (

    select
        'customer_balances' as check_code,
        sum(ledger_balance) as amount_a,
        sum(warehouse_balance) as amount_b,
        bool_and(ledger_balance = warehouse_balance and ledger_balance = open_items_balance) as is_reconciled
    from {{ ref('fct_customer_balances') }}

    union all

    select 'energy_conservation', sum(delivered_kwh), sum(billed_kwh + unbilled_kwh), bool_and(difference_kwh = 0)
    from {{ ref('fct_energy_balance') }}

)

select
    report_month,
    check_code,
    coalesce(amount_a, 0)::numeric(18, 2) as amount_a,
    coalesce(amount_b, 0)::numeric(18, 2) as amount_b,
    (coalesce(amount_a, 0) - coalesce(amount_b, 0))::numeric(18, 2) as difference,
    coalesce(amount_a, 0) = coalesce(amount_b, 0) as is_reconciled
from compared
union all
select
    {{ month_of(business_day()) }},
    check_code,
    coalesce(amount_a, 0)::numeric(18, 2),
    coalesce(amount_b, 0)::numeric(18, 2),
    (coalesce(amount_a, 0) - coalesce(amount_b, 0))::numeric(18, 2),
    coalesce(is_reconciled, true)
from standing
