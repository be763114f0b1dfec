-- The audit trail is read by auditors and by the warehouse, so it says that a password changed and never what its hash was.
set role iris_owner;
set search_path = operational, public;

create or replace function audit_row() returns trigger language plpgsql security definer set search_path = operational, pg_catalog as $$
declare b jsonb := to_jsonb(old); a jsonb := case when tg_op = 'UPDATE' then to_jsonb(new) end;
begin
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(k.key, k.value) into b from jsonb_each(to_jsonb(old)) k where to_jsonb(new) -> k.key is distinct from k.value;
    select jsonb_object_agg(k.key, k.value) into a from jsonb_each(to_jsonb(new)) k where to_jsonb(old) -> k.key is distinct from k.value;
    if a is null then return null; end if;
  end if;
  if b ? 'password_hash' then b := jsonb_set(b, '{password_hash}', '"***"'); end if;
  if a ? 'password_hash' then a := jsonb_set(a, '{password_hash}', '"***"'); end if;
  insert into audit_trail (table_name, row_id, action, actor, request_id, reason, before, after)
  values (tg_table_name, to_jsonb(old) ->> 'id', lower(tg_op), actor(), nullif(current_setting('app.request_id', true), ''),
          nullif(current_setting('app.reason', true), ''), coalesce(b, '{}'), a);
  return null;
end $$;
reset role;
reset search_path;
