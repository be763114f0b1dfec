"""The tripwire: every relation that a portal role can read must be protected by forced row-level security.

dbt's table materialisation, a view made in a hurry or one grant too many would silently show all customers to
one. Run at the start of the portal, after each dbt build, in tests and by ``iris check``.
"""

from dataclasses import dataclass

from sqlalchemy import text

from operational.kernel import db

PORTAL_ROLES = ("iris_ebok", "iris_agent")

_HOLES = text("""
    select c.oid::regclass::text as relation, c.relkind::text as kind, r.rolname as role
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      cross join pg_roles r
     where r.rolname = any(:roles)
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
       and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and has_schema_privilege(r.rolname, n.oid, 'usage') and has_any_column_privilege(r.rolname, c.oid,
       'select')
       and not ((c.relkind in ('r', 'p') and c.relrowsecurity and c.relforcerowsecurity
                 and exists (select 1 from pg_policy p
                              where p.polrelid = c.oid and p.polcmd in ('r', '*')
                                and (0 = any(p.polroles) or r.oid = any(p.polroles))))
             or (c.relkind = 'v' and coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on|1)'))
    union all
    select 'role ' || rolname, 'role', rolname from pg_roles
     where rolname = any(:roles) and (rolsuper or rolbypassrls)
     order by 3, 1""")


@dataclass(frozen=True, slots=True)
class Hole:
    """A relation that a portal role can read unprotected, or a portal role with rights above row-level
    security.
    """

    relation: str
    kind: str
    role: str


def unprotected_relations(database: str | None = None) -> list[Hole]:
    """Return the holes of a database; empty means that the portal is safe to start."""
    # The catalogue is open to everyone, so the portal needs no other role than its own for this look.
    with db.open_session("ebok", actor="system:tripwire", database=database) as session:
        return [Hole(**row._mapping) for row in session.execute(_HOLES, {"roles": list(PORTAL_ROLES)})]
