"""Invented people, firms, streets and numbers; every number has its right check digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from numpy.random import Generator

from operational.crm.portfolio.rows import Address

WOMEN: Final = (
    "Anna",
    "Żaneta",
    "Małgorzata",
    "Łucja",
    "Zofia",
    "Agnieszka",
    "Ewa",
    "Bożena",
    "Iwona",
    "Świętosława",
)
MEN: Final = (
    "Jan",
    "Łukasz",
    "Paweł",
    "Zdzisław",
    "Michał",
    "Grzegorz",
    "Wojciech",
    "Sławomir",
    "Tomasz",
    "Józef",
)
# Feminine and masculine form of the family name.
FAMILIES: Final = (
    ("Kowalczyk", "Kowalczyk"), ("Wiśniewska", "Wiśniewski"), ("Zielińska", "Zieliński"), ("Dąbrowska",
    "Dąbrowski"),
    ("Wójcik", "Wójcik"), ("Łuczak", "Łuczak"), ("Śliwińska", "Śliwiński"), ("Żak", "Żak"), ("Gołębiowska",
    "Gołębiowski"),
    ("Pęczak", "Pęczak"), ("Źródlak", "Źródlak"), ("Brzozowska", "Brzozowski"), ("Czajka", "Czajka"),
    ("Mróz", "Mróz"),
)  # fmt: skip
FIRMS: Final = (
    "Piekarnia",
    "Warsztat",
    "Sklep",
    "Kwiaciarnia",
    "Drukarnia",
    "Stolarnia",
    "Przychodnia",
    "Hurtownia",
)
BRANDS: Final = ("Rumianek", "Łabędź", "Pod Dębem", "Źdźbło", "Pogodna", "Trzy Sosny", "Jaskółka", "Borówka")
STREETS: Final = ("ul. Polna", "ul. Łąkowa", "ul. Słowackiego", "ul. Źródlana", "al. Lipowa",
    "ul. Żeromskiego", "ul. Długa",
                  "os. Pogodne", "ul. Świętojańska", "ul. Ogrodowa")  # fmt: skip
CITIES: Final = {
    "tauron": (("Kraków", "31-0"), ("Katowice", "40-0"), ("Wrocław", "50-0")),
    "pge": (("Lublin", "20-0"), ("Łódź", "90-0"), ("Rzeszów", "35-0")),
    "enea": (("Poznań", "60-1"), ("Zielona Góra", "65-0"), ("Szczecin", "70-1")),
    "energa": (("Gdańsk", "80-1"), ("Olsztyn", "10-0"), ("Toruń", "87-1")),
    "stoen": (("Warszawa", "00-1"), ("Warszawa", "02-1")),
    "psg": (("Kraków", "31-5"), ("Poznań", "61-1"), ("Warszawa", "03-1"), ("Gdańsk", "80-2")),
}  # fmt: skip
_NIP_WEIGHTS: Final = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_PESEL_WEIGHTS: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


@dataclass(frozen=True, slots=True)
class Person:
    """A name and a PESEL that belong together."""

    name: str
    pesel: str
    email: str


def pick(rng: Generator, options: Sequence[str]) -> str:
    """Choose one of the options."""
    return options[int(rng.integers(len(options)))]


def nip(serial: int) -> str:
    """Return a valid NIP that begins with 999, a prefix no tax office has; some serials are skipped over."""
    while True:
        first = f"999{serial:06d}"
        check = sum(int(digit) * weight for digit, weight in zip(first, _NIP_WEIGHTS, strict=True)) % 11
        if check < 10:
            return f"{first}{check}"
        serial += 500_000


def pesel(rng: Generator, *, is_woman: bool) -> str:
    """Return a valid PESEL of an adult born 1945-1999."""
    born = date(1945, 1, 1) + timedelta(days=int(rng.integers(55 * 365)))
    serial = int(rng.integers(1000))
    sex = int(rng.integers(5)) * 2 + (0 if is_woman else 1)
    first = f"{born:%y%m%d}{serial:03d}{sex}"
    total = sum(int(digit) * weight for digit, weight in zip(first, _PESEL_WEIGHTS, strict=True))
    return f"{first}{-total % 10}"


def person(rng: Generator, index: int) -> Person:
    """Return an invented person; the mail address cannot be delivered to (RFC 2606)."""
    is_woman = bool(rng.integers(2))
    family = FAMILIES[int(rng.integers(len(FAMILIES)))]
    name = f"{pick(rng, WOMEN if is_woman else MEN)} {family[0 if is_woman else 1]}"
    return Person(name, pesel(rng, is_woman=is_woman), f"klient{index}@poczta.example")


def firm(rng: Generator, index: int) -> str:
    """Return an invented name of a firm, different for each index."""
    return f"{pick(rng, FIRMS)} {pick(rng, BRANDS)} {index} sp. z o.o."


def address(rng: Generator, dso: str, *, with_flat: bool) -> Address:
    """Return an invented address in the area of a distributor."""
    city, prefix = CITIES[dso][int(rng.integers(len(CITIES[dso])))]
    flat = str(int(rng.integers(1, 60))) if with_flat else ""
    building = str(int(rng.integers(1, 180)))
    return Address(pick(rng, STREETS), building, f"{prefix}{int(rng.integers(10, 99))}", city, flat)
