"""What the landing of a file answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the quarantine; ``rows`` is how many intervals or prices it stands for (0: a gap)."""

    row_no: int
    content: str
    code: str
    reason: str
    cure: str
    rows: int = 1


@dataclass(slots=True)
class LakeResult:
    """What became of a file: ``loaded``, ``already_loaded`` (nothing was written) or ``refused`` as a whole.

    ``rows_read`` = accepted + rejected + duplicate, in intervals or prices. ``entries`` stand in quarantine.
    """

    status: Literal["loaded", "already_loaded", "refused"]
    name: str
    sha256: str = ""
    file_id: int | None = None
    kind: str = "intervals"
    format: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    partitions: int = 0
    entries: list[Entry] = field(default_factory=list)
    code: str = ""
    message: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Return whether nothing of the file was refused or is missing."""
        return self.status != "refused" and not self.entries

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the wall seconds of a phase."""
        started = monotonic()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + monotonic() - started
