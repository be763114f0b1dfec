"""Formats of messages with distributors and the hub: each channel writes notices and reads answers.

Here: adapters over bytes, with their schemas in ``schemas``. Not here: what a message does to a case
(``receiving.py``) or when one is sent (``sending.py``). Open first: ``adapter.py``, ``xml_files.py``,
``csv_files.py``.
"""

from collections.abc import Mapping
from typing import Final

from operational.switching.channels.adapter import Answers, SwitchChannel, SwitchFileError
from operational.switching.channels.csv_files import CsvChannel
from operational.switching.channels.xml_files import DSO, GAS, HUB, XmlChannel

CHANNELS: Final[Mapping[str, SwitchChannel]] = {
    "dso_xml": XmlChannel(DSO),
    "dso_csv": CsvChannel(),
    "gas_xml": XmlChannel(GAS),
    "hub": XmlChannel(HUB),
}
LARGEST_FILE: Final = 16 * 1024 * 1024


def read_answers(content: bytes) -> tuple[str, Answers]:
    """Return the channel of a file and the answers in it; the content itself says which channel it is.

    Raises SwitchFileError for anything that is not a whole, valid file of a known channel.
    """
    if len(content) > LARGEST_FILE:
        raise SwitchFileError(
            "switch_file_too_large", f"The file has more than {LARGEST_FILE} bytes.", "Ask for smaller files."
        )
    for name, channel in CHANNELS.items():
        if channel.is_mine(content):
            return name, channel.read_answers(content)
    raise SwitchFileError(
        "switch_file_unknown", "The file belongs to no known channel.",
        "Check where it came from; docs/switching.md describes the formats.",
    )  # fmt: skip
