"""What assets are given: the database they work on, the folders of files, and the instant that counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster import ConfigurableResource, Failure, MetadataValue
from pydantic import Field
from sqlalchemy.orm import Session, sessionmaker

from operational.kernel import clock, db, server, state
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings


class Iris(ConfigurableResource[Any]):
    """One installation. Everything empty means the settings of this machine and the present instant."""

    database: str = Field(default="", description="Name of the database; empty: the one of the settings.")
    files: str = Field(
        default="", description="Folder that holds inbox/ and archive/; empty: the home of IRIS."
    )
    as_of: str = Field(default="", description="Instant that counts (ISO, with offset); empty: now.")

    def database_name(self) -> str:
        """Return the database, and make sure that its server runs."""
        server.ensure_running()
        return self.database or get_settings().database_name

    def moment(self) -> datetime:
        """Return the instant at which facts are recorded and documents are made."""
        return datetime.fromisoformat(self.as_of) if self.as_of else clock.now()

    def inbox(self, kind: str) -> Path:
        """Return the folder into which files of a kind (readings, bank) are put."""
        return Path(self.files or state.home()) / "inbox" / kind

    def archive(self, kind: str) -> Path:
        """Return the folder into which files of a kind go once they are taken."""
        return Path(self.files or state.home()) / "archive" / kind

    @contextmanager
    def session(self, actor: str) -> Iterator[Session]:
        """Open a session of the application's role; it commits at the end."""
        with db.open_session("app", actor=actor, database=self.database_name()) as session:
            yield session

    def sessions(self, actor: str) -> sessionmaker[Session]:
        """Return a factory of sessions, for operations with transactions of their own."""
        return db.session_factory("app", self.database_name(), actor=actor)


@contextmanager
def refusals_are_final() -> Iterator[None]:
    """Turn what the domain refuses into a failure that is not tried again: a person must act first."""
    try:
        yield
    except DomainError as error:
        raise Failure(
            description=error.message,
            metadata={"code": error.code, "cure": MetadataValue.text(error.message)},
            allow_retries=False,
        ) from error
