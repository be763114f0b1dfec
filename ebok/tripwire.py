"""The start-up check: no table that the portal's role can read may stand outside row-level security."""

from operational.kernel.errors import DomainError
from operational.kernel.tripwire import unprotected_relations


class UnprotectedRelations(DomainError):
    """The portal's role can read a relation without forced row-level security."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            "unprotected_relations",
            f"The portal does not start: its role can read {', '.join(names)} without row-level security. "
            "Revoke the grant, or enable and force row-level security with a policy, then start again.",
        )


def refuse_unprotected(database: str | None = None) -> None:
    """Raise UnprotectedRelations when the tripwire finds anything; nothing is served then."""
    found = unprotected_relations(database)
    if found:
        raise UnprotectedRelations([f"{hole.relation} (as {hole.role})" for hole in found])
