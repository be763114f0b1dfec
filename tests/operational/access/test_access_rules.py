"""Delays that grow and end, passwords that hold, and a matrix that denies by default."""

from datetime import UTC, datetime, timedelta

import pytest

from operational.access import passwords, rules

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


def test_the_first_failures_cost_nothing_and_then_each_doubles_the_wait_up_to_a_quarter() -> None:
    waits = [rules.delay_after_failures(count, 5).total_seconds() for count in (1, 4, 5, 6, 7, 30)]

    assert waits == [0, 0, 2, 4, 8, 900]


def test_old_failures_are_forgotten() -> None:
    long_ago = [NOW - timedelta(minutes=16)] * 30

    assert rules.wait_before_next_attempt(long_ago, free_attempts=5, as_of=NOW) == timedelta(0)


def test_the_wait_counts_from_the_last_failure() -> None:
    failed = [NOW - timedelta(seconds=1)] * 6

    assert rules.wait_before_next_attempt(failed, free_attempts=5, as_of=NOW) == timedelta(seconds=3)


def test_an_unknown_permission_or_route_belongs_to_nobody() -> None:
    matrix = rules.permission_matrix()

    assert not matrix.allows("admin", "no.such.permission")
    assert matrix.needed("no.such.route", "GET") is None


def test_a_password_is_kept_as_argon2id_with_the_parameters_of_owasp() -> None:
    kept = passwords.hash_password("cztery-pory-roku")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify_password(kept, "cztery-pory-roku")
    assert not passwords.verify_password(kept, "trzy-pory-roku")
    assert not passwords.verify_password("damaged", "cztery-pory-roku")
    assert not passwords.needs_rehash(kept)


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password_too_short"), ("x" * 129, "password_too_long"), ("Password1", "password_too_common")],
)
def test_weak_passwords_are_refused_with_a_code(password: str, code: str) -> None:
    with pytest.raises(passwords.WeakPassword) as refused:
        passwords.check_strength(password)

    assert refused.value.code == code
