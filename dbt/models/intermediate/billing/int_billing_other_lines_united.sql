-- Lines that no table of rates prices: by the market, by the contract, by the distributor.
select {{ document_line_columns() }}
from {{ ref('int_billing_market_lines') }}
union all
select {{ document_line_columns() }}
from {{ ref('int_billing_network_lines_priced') }}
