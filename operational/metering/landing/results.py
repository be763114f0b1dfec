"""What the gate answers: for a file, and for a second try of quarantined rows."""

from dataclasses import dataclass
from typing import Literal

from operational.metering.formats.readings import RejectedRow

Status = Literal["loaded", "already_loaded", "refused"]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a file.

    `loaded` now, `already_loaded` before (the same bytes; nothing was written), or `refused` as a whole
    (`code` and `message` say why and the cure). `rows_read` = accepted + rejected + duplicate. `rejected`
    lists the rows put in quarantine by this very call.
    """

    status: Status
    name: str
    sha256: str
    file_id: int | None = None
    kind: str = ""
    format: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    code: str = ""
    message: str = ""

    @property
    def is_clean(self) -> bool:
        """Return whether nothing of the file was refused."""
        return self.status != "refused" and self.rows_rejected == 0


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What a second try of quarantined rows brought; `rejected` are the rows that stay, with today's
    reason."""

    rows_tried: int
    rows_accepted: int
    rows_duplicate: int
    rejected: tuple[RejectedRow, ...] = ()
