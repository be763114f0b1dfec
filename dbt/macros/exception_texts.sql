{# What keeps a scope from being billed: code, severity, message, cure. Screens translate by the code. #}
{% macro exception_texts() -%}
    {%- set texts = [
        ('missing_price', 'blocking', 'The price list has no price for a required charge',
            'Add the missing days to the price list, then compute again.'),
        ('missing_dso_rate', 'blocking', 'The distribution tariff has no rate for a required charge',
            'Add the missing days to the rates of the distributor, then compute again.'),
        ('missing_statutory_rate', 'blocking', 'The reference data has no statutory rate for a required charge',
            'Add the missing days to the statutory rates, then compute again.'),
        ('missing_vat_rate', 'blocking', 'The reference data has no VAT rate on the day of supply',
            'Add the missing days to the VAT rates, then compute again.'),
        ('missing_conversion_factor', 'blocking', 'There is no gas conversion factor for a month of supply',
            'Load the factors of the calorific area of this point for these months, or correct the area.'),
        ('missing_contracted_power', 'blocking', 'A charge per kW and month has no contracted power',
            'Enter the contracted power in the terms of the supply point.'),
        ('missing_charges', 'blocking', 'No charge at all applies',
            'Load the reference data: the list of charges has nothing for this medium and these days.'),
        ('missing_terms', 'blocking', 'Terms are missing for some days',
            'Enter terms of the contract and of the supply point for the missing days.'),
        ('missing_market_price', 'blocking', 'The price of the index is not known for every interval',
            'Import the missing prices of the index, let the lake compute the days again, then compute again.'),
        ('incomplete_intervals', 'blocking', 'Interval data is incomplete',
            'Ask the distributor for the missing intervals, or estimate them, then compute again.'),
        ('missing_volume', 'blocking', 'The distributor has not sent the billed volume',
            'Ask the distributor for the file of billed volumes of these days and ingest it.'),
        ('missing_network_rule', 'blocking', 'There is no rule or rate to price a network charge with',
            'Add the rule of the distributor for these days, or ask the distributor for the amount.'),
        ('dso_amount_differs', 'review', 'The amount of the distributor differs from our own',
            'Compare the quantities and rules; ask the distributor for a correction when theirs is wrong.'),
        ('missing_capacity_volume', 'blocking', 'The energy of capacity-fee hours is not known',
            'Ask the distributor for the volume of zone capacity_hours of these days and ingest it.'),
        ('no_meter', 'blocking', 'No meter stands at the supply point on some days',
            'Enter the installation of the meter, or correct its dates.'),
        ('no_start_reading', 'blocking', 'There is no reading to start from',
            'Enter or ingest the reading of the day before the first day without a quantity.'),
        ('reading_below_last', 'blocking', 'A reading is lower than the one before it and no roll-over explains it',
            'Check the reading; send a new version, or enter the exchange of the meter.'),
        ('estimated_twice', 'review', 'Use is estimated for the second time in a row',
            'Ask the distributor or the customer for an actual reading.'),
    ] -%}
    {%- for code, severity, message, cure in texts %}
    select
        '{{ code }}' as code,
        '{{ severity }}' as severity,
        '{{ message }}' as message,
        '{{ cure }}' as cure
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
