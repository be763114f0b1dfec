"""A distributor's own layout, as an example: semicolons, decimal comma, Windows-1250, DD.MM.YYYY, Polish
words.

Everything that is special about it stands in data/dso_semicolon_*.toml; reading goes through detect.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from operational.metering.formats.layouts import layout_named
from operational.metering.formats.readings import BilledVolumeRow, RegisterReadingRow
from operational.metering.formats.table import write_rows

READINGS_LAYOUT = "dso_semicolon_readings"
VOLUMES_LAYOUT = "dso_semicolon_volumes"


def write_dso_semicolon(rows: Iterable[RegisterReadingRow]) -> bytes:
    """Return readings as this DSO sends them (`Kod PPE;Nr licznika;Strefa;...`, cp1250, CRLF)."""
    return write_rows(rows, layout_named(READINGS_LAYOUT))


def write_dso_semicolon_volumes(rows: Iterable[BilledVolumeRow]) -> bytes:
    """Return billed volumes as this DSO sends them; its periods end on their last day."""
    return write_rows(rows, layout_named(VOLUMES_LAYOUT))
