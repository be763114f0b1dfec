"""Green Button (ESPI Atom XML): interval blocks of a usage point, read without entities and network."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from operational.metering.formats.intervals.model import (
    CHANNELS,
    Interval,
    IntervalFileError,
    micro,
    plain_code,
)

_ESPI = "{http://naesb.org/espi}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_ENERGY, _REACTIVE = "72", "73"
_RECEIVED = "19"  # flowDirection: 1 delivered to the customer, 19 received from the customer
_ESTIMATED = {"8", "9", "10"}


@dataclass(frozen=True, slots=True)
class _Kind:
    channel: int
    unit: str
    power: int


def read_green_button(content: bytes, *, file_name: str, code: str) -> Iterator[Interval]:
    """Yield the intervals of the feed for the supply point `code`; the feed itself names none of ours.

    Starts are seconds of UTC. Raises IntervalFileError for a feed that is broken, has several usage points
    or measures no energy.
    """
    root = _parsed(content, file_name)
    points = {_self_link(entry) for entry in root.iter(f"{_ATOM}entry") if entry.find(f".//{_ESPI}UsagePoint") is not None}  # fmt: skip  # noqa: E501
    if len(points) > 1:
        raise _broken(file_name, f"it holds {len(points)} usage points; give one file per supply point")
    kinds = {
        _self_link(entry): _kind(found, file_name)
        for entry in root.iter(f"{_ATOM}entry")
        if (found := entry.find(f".//{_ESPI}ReadingType")) is not None
    }
    types = {
        _self_link(entry): next((kinds[link] for link in _links(entry, "related") if link in kinds), None)
        for entry in root.iter(f"{_ATOM}entry")
        if entry.find(f".//{_ESPI}MeterReading") is not None
    }
    for entry in root.iter(f"{_ATOM}entry"):
        if entry.find(f".//{_ESPI}IntervalBlock") is None:
            continue
        kind = _of_block(entry, types) or (next(iter(kinds.values())) if len(kinds) == 1 else None)
        if kind is None:
            raise _broken(file_name, "an interval block has no reading type")
        yield from _block(entry, kind, plain_code(code), file_name)


def _parsed(content: bytes, file_name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _broken(file_name, f"it is no XML ({error})") from error


def _kind(found: etree._Element, file_name: str) -> _Kind:
    unit = found.findtext(f"{_ESPI}uom") or _ENERGY
    if unit not in (_ENERGY, _REACTIVE):
        raise _broken(file_name, f"the unit {unit} of a reading type is neither Wh (72) nor varh (73)")
    received = found.findtext(f"{_ESPI}flowDirection") == _RECEIVED
    active = "export" if received else "import"
    reactive = "capacitive" if received else "inductive"
    channel = CHANNELS[active if unit == _ENERGY else reactive]
    return _Kind(channel, "wh", int(found.findtext(f"{_ESPI}powerOfTenMultiplier") or 0))


def _of_block(entry: etree._Element, types: dict[str, _Kind | None]) -> _Kind | None:
    for link in _links(entry, "up"):
        if kind := types.get(link.removesuffix("/IntervalBlock")):
            return kind
    return None


def _block(entry: etree._Element, kind: _Kind, code: str, file_name: str) -> Iterator[Interval]:
    for found in entry.iter(f"{_ESPI}IntervalReading"):
        line = int(found.sourceline or 0)
        period = found.find(f"{_ESPI}timePeriod")
        try:
            start = int((period.findtext(f"{_ESPI}start") or "") if period is not None else "")
            seconds = int((period.findtext(f"{_ESPI}duration") or "") if period is not None else "")
            value = Decimal(found.findtext(f"{_ESPI}value") or "").scaleb(kind.power)
        except (ValueError, InvalidOperation) as error:
            raise _broken(file_name, f"line {line}: a reading lacks start, duration or value") from error
        quality = found.findtext(f"{_ESPI}ReadingQuality/{_ESPI}quality") or ""
        moment = datetime.fromtimestamp(start, UTC).replace(tzinfo=None)
        quantity = micro(value, kind.unit, file_name=file_name, place=f"line {line}")
        yield Interval(code, moment, seconds // 60, kind.channel, quantity, quality in _ESTIMATED, line)


def _self_link(entry: etree._Element) -> str:
    return next(iter(_links(entry, "self")), "")


def _links(entry: etree._Element, relation: str) -> list[str]:
    found = entry.findall(f"{_ATOM}link")
    return [(link.get("href") or "").strip("/") for link in found if link.get("rel") == relation]


def _broken(file_name: str, what: str) -> IntervalFileError:
    return IntervalFileError(
        "interval_file_broken", f"{file_name} cannot be read as Green Button: {what}. Ask for the file again."
    )
