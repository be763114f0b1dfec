"""Hashing of passwords with argon2id at OWASP's minimum (t = 2, m = 19 MiB, p = 1)."""

from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from operational.kernel.errors import DomainError

SHORTEST: Final = 8
LONGEST: Final = 128
# Too common to be accepted even when long enough; the demo uses pass phrases instead.
_COMMON: Final = frozenset(
    {"12345678", "123456789", "1234567890", "password", "password1", "qwertyui", "qwerty123", "zaq12wsx",
     "iloveyou", "haslo123", "polska12", "11111111", "00000000", "abcd1234", "1qaz2wsx", "administrator"}
)  # fmt: skip
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class WeakPassword(DomainError):
    """A password that is too short, too long or on the list of the most common ones."""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Tell whether the password belongs to the hash; a damaged hash never matches."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def dummy_hash() -> str:
    """Return a hash that no password is checked against in earnest.

    Verifying against it for an unknown account takes as long as a real check, so the time tells nothing.
    """
    return _hasher.hash("no account has this password")


def check_strength(password: str) -> None:
    """Raise WeakPassword unless the password has 8 to 128 characters and is not among the most common."""
    if len(password) < SHORTEST:
        raise WeakPassword(
            "password_too_short", f"The password has fewer than {SHORTEST} characters. Use a longer one."
        )
    if len(password) > LONGEST:
        raise WeakPassword(
            "password_too_long", f"The password has more than {LONGEST} characters. Use a shorter one."
        )
    if password.lower() in _COMMON:
        raise WeakPassword(
            "password_too_common", "This password is among the most common ones. Choose another."
        )
