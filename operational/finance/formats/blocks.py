"""Cut the text of an MT940 file into messages and fields, each with its line number in the file.

Only the frame is read here (`:NN:` at the start of a line, `-` at the end of a message); what a field means
is the business of mt940.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TAG = re.compile(r"^:([0-9]{2}[A-Z]?|NS):(.*)$", re.DOTALL)
_SWIFT_HEADER = re.compile(r"^(\{[0-9]:[^{}]*\})*\{4:")
_END_MARK = re.compile(r"^-(\}.*|XXX)?\s*$")
_CLOSING_TAGS = ("62", "62F", "62M", "64", "65", "90D", "90C")


@dataclass(slots=True)
class Field:
    """One field: its tag without colons, its lines (the first one without the tag), its line in the file."""

    tag: str
    lines: list[str]
    file_line: int

    @property
    def value(self) -> str:
        """Return the lines joined by a line break, without blank lines at the end."""
        return "\n".join(self.lines).rstrip()


@dataclass(slots=True)
class Message:
    """One message, from its :20: to the next one; `closed` after a closing field, `ended` after an end
    mark."""

    fields: list[Field] = field(default_factory=list)
    ended: bool = False
    closed: bool = False
    rest: str = ""

    def first(self, *tags: str) -> Field | None:
        """Return the first field with one of these tags."""
        return next((item for item in self.fields if item.tag in tags), None)


def split_messages(text: str) -> list[Message]:
    """Cut the text at every :20:. What stands outside of messages (headers of the bank, blank lines) is
    left out.

    `rest` of the last message is a last line that begins like a tag but is none: the sign of a cut file.
    """
    lines = text.split("\n")
    message_follows = _where_a_message_follows(lines)
    messages: list[Message] = []
    current: Field | None = None
    for number, raw in enumerate(lines, start=1):
        line = _SWIFT_HEADER.sub("", raw) if raw.startswith("{") else raw
        match = _TAG.match(line) if line.startswith(":") else None
        if match is not None:
            if match[1] == "20":
                messages.append(Message())
            if not messages:
                continue
            current = Field(match[1], [match[2]], number)
            messages[-1].fields.append(current)
            messages[-1].ended = False
            messages[-1].closed |= match[1] in _CLOSING_TAGS
        elif (
            current is not None
            and line.startswith("-")
            and _END_MARK.match(line)
            and (messages[-1].closed or message_follows[number])
        ):
            messages[-1].ended = True
            current = None
        elif current is not None:
            current.lines.append(line)
    if messages and current is not None:
        last = current.lines[-1] if len(current.lines) > 1 else ""
        messages[-1].rest = last if last.startswith(":") else ""
    return messages


def _where_a_message_follows(lines: list[str]) -> list[bool]:
    """Tell for each count of lines read whether only blank lines stand between there and a new message or
    the end.

    This parts an end mark from a dash that is a line of a payer's text.
    """
    follows = [True] * (len(lines) + 1)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        follows[index] = line.startswith((":20:", "{")) if line.strip() else follows[index + 1]
    return follows
