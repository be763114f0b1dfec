drop table if exists incoming;
create temporary table incoming (
  supply_point_id bigint not null, day date not null, determinant text not null, zone_set text not null default '',
  zone_code text not null default '', index_code text not null default '', rank smallint not null, amount numeric not null,
  unit text not null, intervals integer not null, expected_intervals integer not null, estimated_intervals integer not null
) on commit drop
