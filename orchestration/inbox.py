"""The folder in which files arrive: which are there, and where they go once they are taken."""

import filecmp
import hashlib
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SETTLED_SECONDS = 3.0
_HIDDEN = (".", "~")
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file in the inbox or the archive; the mark changes when the file is written again."""

    path: Path
    mark: str

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.name


def waiting(folder: Path, *, names: Iterable[str] = (), settled_seconds: float = 0.0) -> list[InboxFile]:
    """Return the files of a folder by name, or those of ``names``; not hidden or unfinished ones.

    ``settled_seconds`` leaves out files written less than so long ago: they may still be growing.
    """
    if not folder.is_dir():
        return []
    chosen, newest = set(names), time.time() - settled_seconds
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(_HIDDEN) or path.name.endswith(_UNFINISHED) or not path.is_file():
            continue
        facts = path.stat()
        if (not chosen or path.name in chosen) and facts.st_mtime <= newest:
            found.append(InboxFile(path, f"{path.name}:{facts.st_size}:{facts.st_mtime_ns}"))
    return found


def archive(file: InboxFile, folder: Path) -> Path:
    """Move a taken file to the archive and return its place; another file of that name there is kept too."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / file.name
    if place.exists() and place != file.path and not filecmp.cmp(place, file.path, shallow=False):
        with file.path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()[:8]
        place = folder / f"{file.path.stem}.{digest}{file.path.suffix}"
    if place != file.path:
        shutil.move(file.path, place)
    return place
