{# Rows of the model in which one of the columns is missing. #}
{% test complete(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where {{ columns | join(' is null or ') }} is null
{% endtest %}
