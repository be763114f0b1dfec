"""Pure rules of access: delays after failed log-ins, lifetimes of sessions, the matrix of permissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

ATTEMPT_WINDOW: Final = timedelta(minutes=15)
FREE_ATTEMPTS_PER_ACCOUNT: Final = 5
FREE_ATTEMPTS_PER_ADDRESS: Final = 20
LONGEST_DELAY: Final = timedelta(minutes=15)
IDLE_LIFETIME: Final = timedelta(minutes=60)
SESSION_LIFETIME: Final = timedelta(hours=12)

_MATRIX = Path(__file__).with_name("permissions.yaml")


class Role(StrEnum):
    """Roles of staff; what each may do is said in permissions.yaml."""

    CLERK = "clerk"
    BILLING = "billing"
    FINANCE = "finance"
    COLLECTIONS = "collections"
    SALES = "sales"
    AUDITOR = "auditor"
    ADMIN = "admin"


def delay_after_failures(failures: int, free_attempts: int) -> timedelta:
    """Return how long to wait after the last failure: nothing at first, then 2, 4,
    8 ... seconds up to 15 minutes.

    A delay that grows and ends, never a lock: a stranger must not be able to lock a clerk out for good.
    """
    if failures < free_attempts:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free_attempts + 1, 12)), LONGEST_DELAY)


def wait_before_next_attempt(
    failed_at: Sequence[datetime], *, free_attempts: int, as_of: datetime
) -> timedelta:
    """Return how long the subject of these failures (newest first) must still wait at ``as_of``."""
    recent = [moment for moment in failed_at if moment > as_of - ATTEMPT_WINDOW]
    if not recent:
        return timedelta(0)
    return max(recent[0] + delay_after_failures(len(recent), free_attempts) - as_of, timedelta(0))


@dataclass(frozen=True, slots=True)
class Matrix:
    """Which roles have a permission, and which permission each route and method needs."""

    permissions: Mapping[str, frozenset[str]]
    routes: Mapping[str, Mapping[str, str]]

    def allows(self, role: str, permission: str) -> bool:
        """Tell whether the role has the permission; an unknown permission belongs to nobody."""
        return role in self.permissions.get(permission, frozenset())

    def needed(self, endpoint: str, method: str) -> str | None:
        """Return the permission of a route, ``public`` for a route without log-in, None when it is not
        listed.
        """
        return self.routes.get(endpoint, {}).get("GET" if method in ("HEAD", "OPTIONS") else method)


@lru_cache(maxsize=1)
def permission_matrix() -> Matrix:
    """Return the matrix read from permissions.yaml."""
    content = yaml.safe_load(_MATRIX.read_text(encoding="utf-8"))
    return Matrix(
        permissions={name: frozenset(roles) for name, roles in content["permissions"].items()},
        routes={endpoint: dict(methods) for endpoint, methods in content["routes"].items()},
    )
