"""Template filters that all our web apps share: amounts, energy, dates and identifiers."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from operational.kernel.presentation import formatting

Spoken = Callable[..., str]


def localized(function: Spoken, language: Callable[[], str]) -> Spoken:
    """Return the function with the language of the request filled in."""

    def with_language(*args: Any, **kwargs: Any) -> str:
        return function(*args, **kwargs, language=language())

    return with_language


def common_filters(language: Callable[[], str]) -> dict[str, Spoken]:
    """Return the template filters that all apps share; `language` tells the language of the request."""
    spoken: dict[str, Spoken] = {
        "zl": formatting.money,
        "num": formatting.number,
        "kwh": formatting.energy,
        "kwh_short": formatting.energy_short,
        "price": formatting.unit_price,
        "pct": formatting.percent,
        "data": formatting.civil_date,
        "czas": formatting.instant,
        "month": formatting.month,
        "month_short": formatting.month_short,
    }
    return {name: localized(function, language) for name, function in spoken.items()} | {
        "nrb": formatting.bank_account,
        "ppe": formatting.supply_point_code,
        "nip": formatting.tax_number,
        "tel": formatting.phone,
    }


@lru_cache(maxsize=256)
def file_version(path: str) -> str:
    """Return the version of a static file for its address: the start of the SHA-256 of its content."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
