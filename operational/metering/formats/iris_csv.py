"""Our own documented CSV: UTF-8, comma, ISO dates, point; one layout for readings, one for billed volumes.

The layouts are data/iris_readings.toml and data/iris_volumes.toml; docs/formats.md describes every
field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from operational.metering.formats.layouts import layout_named
from operational.metering.formats.readings import BilledVolumeRow, MeterRow, RegisterReadingRow
from operational.metering.formats.table import read_rows, write_rows

READINGS_LAYOUT = "iris_readings"
VOLUMES_LAYOUT = "iris_volumes"


def write_readings_csv(rows: Iterable[RegisterReadingRow]) -> bytes:
    """Return readings as a file of the layout `iris_readings`."""
    return write_rows(rows, layout_named(READINGS_LAYOUT))


def write_volumes_csv(rows: Iterable[BilledVolumeRow]) -> bytes:
    """Return billed volumes as a file of the layout `iris_volumes`."""
    return write_rows(rows, layout_named(VOLUMES_LAYOUT))


def read_readings_csv(data: bytes, *, file_name: str) -> Iterator[MeterRow]:
    """Yield the rows of a file of the layout `iris_readings`; raises MeterFileError when it is none."""
    return read_rows(data, layout_named(READINGS_LAYOUT), file_name=file_name)


def read_volumes_csv(data: bytes, *, file_name: str) -> Iterator[MeterRow]:
    """Yield the rows of a file of the layout `iris_volumes`; raises MeterFileError when it is none."""
    return read_rows(data, layout_named(VOLUMES_LAYOUT), file_name=file_name)
