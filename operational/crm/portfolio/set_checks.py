"""Set checks of CSV files: one statement per kind tells line, column, value and code of every problem.

They read the temporary table `import_lines` of `importing.py`, which holds the columns of `STAGED` as texts.
"""

from typing import Final

STAGED: Final[dict[str, tuple[str, ...]]] = {
    "customers": ("number", "name", "nip", "pesel"),
    "points": ("code", "medium", "dso_code", "tariff_group", "meter_serial", "valid_from", "gas_area_code"),
    "contracts": (
        "number", "customer_number", "price_list_code", "valid_from", "valid_to", "supply_point_codes",
    ),
}  # fmt: skip


_POINTS_OF_LINES: Final = """
  points as materialized (
    select l.line, c.code, l.number, l.valid_from::date as valid_from, l.valid_to::date as valid_to
    from pg_temp.import_lines l cross
      join lateral unnest(string_to_array(l.supply_point_codes, '|')) as c (code))"""

# Each gives line, column, value, code.
CHECKS: Final[dict[str, str]] = {
    "customers": """
      select line, 'number', number, 'twice_in_file' from (select line, number,
        row_number() over (partition by number order by line) as n from pg_temp.import_lines
        where number is not null) d where n > 1
      union all
      select line, column_name, value, 'twice_in_file' from (select line, column_name, value,
        row_number() over (partition by column_name, value order by line) as n
        from pg_temp.import_lines, lateral (values ('pesel', pesel)) v (column_name, value)
        where value is not null) d where n > 1
      union all
      select l.line, 'number', l.number, 'taken' from pg_temp.import_lines l
      join operational.customers c on c.customer_number = l.number
      where operational.plain(c.name) <> operational.plain(l.name)
        and (c.nip is distinct from l.nip or c.pesel is distinct
          from l.pesel or l.nip is null and l.pesel is null)
      union all
      select l.line, 'pesel', l.pesel, 'duplicate_person' from pg_temp.import_lines l
      where exists (select from operational.customers c where c.pesel = l.pesel
        and c.customer_number is distinct from l.number)
      union all
      select l.line, 'nip', l.nip, 'duplicate_person' from pg_temp.import_lines l
      where exists (select from operational.customers c where c.nip = l.nip
        and c.customer_number is distinct from l.number)""",
    "points": """
      select line, 'code', code, 'twice_in_file' from (select line, code,
        row_number() over (partition by code order by line) as n from pg_temp.import_lines) d where n > 1
      union all
      select line, 'meter_serial', meter_serial, 'twice_in_file' from (select line, meter_serial,
        row_number() over (partition by meter_serial order by line) as n from pg_temp.import_lines
        where meter_serial is not null) d where n > 1
      union all
      select l.line, 'meter_serial', l.meter_serial, 'taken' from pg_temp.import_lines l
      where exists (select from operational.meters m where m.serial = l.meter_serial)
        and not exists (select from operational.supply_points p
          join operational.meter_installations i on i.supply_point_id = p.id and i.superseded_at is null
          join operational.meters m on m.id = i.meter_id where p.code = l.code and m.serial = l.meter_serial)
      union all
      select l.line, 'dso_code', l.dso_code, 'not_found' from pg_temp.import_lines l
      where l.dso_code is not null and not exists (select from operational.dsos d where d.code = l.dso_code)
      union all
      select l.line, 'dso_code', '', 'unknown_distributor' from pg_temp.import_lines l
      where l.dso_code is null and 1 <> (select count(*) from operational.dsos d
        where d.medium = l.medium and d.point_code_prefix <> '' and l.code like d.point_code_prefix || '%')
      union all
      select l.line, 'medium', l.medium, 'other_medium' from pg_temp.import_lines l
      join operational.dsos d on d.code = l.dso_code where d.medium <> l.medium
      union all
      select l.line, 'tariff_group', l.tariff_group, 'unknown_tariff' from pg_temp.import_lines l
      join operational.dsos d on d.code = l.dso_code or (l.dso_code is null and d.medium = l.medium
        and d.point_code_prefix <> '' and l.code like d.point_code_prefix || '%')
      where d.medium = l.medium
        and exists (select from operational.dso_rates r where r.dso_code = d.code and r.superseded_at is null)
        and not exists (select from operational.dso_rates r where r.dso_code = d.code
          and r.tariff_group = l.tariff_group and r.superseded_at is null)
      union all
      select l.line, 'gas_area_code', l.gas_area_code, 'not_found' from pg_temp.import_lines l
      where l.gas_area_code is not null and not exists (select from operational.gas_conversion_factors f
        where f.area_code = l.gas_area_code)
      union all
      select l.line, 'code', l.code, 'taken' from pg_temp.import_lines l
      join operational.supply_points p on p.code = l.code where p.medium <> l.medium""",
    "contracts": f"""
      with {_POINTS_OF_LINES}
      select line, 'number', number, 'twice_in_file' from (select line, number,
        row_number() over (partition by number order by line) as n from pg_temp.import_lines) d where n > 1
      union all
      select l.line, 'customer_number', l.customer_number, 'not_found' from pg_temp.import_lines l
      where not exists (select from operational.customers c where c.customer_number = l.customer_number)
      union all
      select l.line, 'customer_number', l.customer_number, 'merged_customer' from pg_temp.import_lines l
      join operational.customers c on c.customer_number = l.customer_number where c.merged_into_id is not null
      union all
      select l.line, 'price_list_code', l.price_list_code, 'not_found' from pg_temp.import_lines l
      where not exists (select from operational.price_lists p where p.code = l.price_list_code)
      union all
      select l.line, 'number', l.number, 'taken' from pg_temp.import_lines l
      join operational.contracts k on k.number = l.number
      join operational.customers c on c.id = k.customer_id where c.customer_number <> l.customer_number
      union all
      select p.line, 'supply_point_codes', p.code, 'not_found' from points p
      where not exists (select from operational.supply_points s where s.code = p.code)
      union all
      select p.line, 'supply_point_codes', p.code, 'other_medium' from points p
      join pg_temp.import_lines l on l.line = p.line join operational.supply_points s on s.code = p.code
      join operational.price_lists i on i.code = l.price_list_code
      join operational.products o on o.id = i.product_id where o.medium <> s.medium
      union all
      select p.line, 'supply_point_codes', p.code, 'overlap' from points p
      join operational.supply_points s on s.code = p.code
      join operational.contract_supply_points k on k.supply_point_id = s.id and k.superseded_at is null
        and daterange(k.valid_from, k.valid_to) && daterange(p.valid_from, p.valid_to)
      join operational.contracts c on c.id = k.contract_id where c.number <> p.number
      union all
      select line, 'supply_point_codes', code, 'overlap' from (select line, code, valid_from,
        max(coalesce(valid_to, 'infinity')) over (partition by code order by valid_from, line
          rows between unbounded preceding and 1 preceding) as before from points) d
            where before > valid_from""",
}

# Lines whose record is there already; a line without problems among them is left as it is.
KNOWN: Final[dict[str, str]] = {
    "customers": "select line from pg_temp.import_lines l join operational.customers c"
    " on c.customer_number = l.number",
    "points": "select line from pg_temp.import_lines l join operational.supply_points p on p.code = l.code",
    "contracts": "select line"
    " from pg_temp.import_lines l join operational.contracts c on c.number = l.number",
}
