{# Difference of two register values; a register that was above 90 % of its range and is below 10 % has rolled over. #}
{% macro register_difference(start_value, end_value, digits) -%}
    case
        when
            {{ end_value }} < {{ start_value }}
            and {{ start_value }} > 0.9 * 10::numeric ^ {{ digits }}
            and {{ end_value }} < 0.1 * 10::numeric ^ {{ digits }}
            then {{ end_value }} - {{ start_value }} + round(10::numeric ^ {{ digits }})
        else {{ end_value }} - {{ start_value }}
    end
{%- endmacro %}
