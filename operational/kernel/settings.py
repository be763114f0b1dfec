"""Settings of this installation: environment variables, the file ``.env``, and the state folder ``.iris``.

Every variable begins with ``IRIS_`` and is explained in ``.env.example``. The object is frozen; tests that
change the environment call ``reset_settings``.
"""

import hashlib
import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_HERE = Path(__file__).resolve().parents[2]


def project_root() -> Path:
    """Return the folder of the source tree, or the working directory when IRIS is installed as a wheel."""
    return _HERE if (_HERE / "pyproject.toml").is_file() else Path.cwd()


def demonstration_file() -> Path:
    """Return the file in which a demonstration fixes its day; it goes away with the state folder."""
    return project_root() / Path(os.environ.get("IRIS_HOME") or ".iris").expanduser() / "demo.env"


class Settings(BaseSettings):
    """All settings, read once and never changed."""

    model_config = SettingsConfigDict(
        env_prefix="IRIS_",
        env_file=(demonstration_file(), project_root() / ".env"),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(default_factory=lambda: project_root() / ".iris")
    today: date | None = None
    debug: bool = False

    database_url: SecretStr | None = None
    database_name: str = "iris"
    # false: the embedded server does not wait for the disk. For tests only: a power cut would lose the data.
    database_waits_for_disk: bool = True

    host: str = "127.0.0.1"
    staff_port: int = 8000
    ebok_port: int = 8001
    dashboards_port: int = 8501
    dagster_port: int = 3000

    # duckdb, or the address of a Spark Connect server: sc://host:15002 (docs/intervals.md).
    lake_engine: str = "duckdb"
    lake_folder: Path | None = None

    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = False
    smtp_sender: str = "bok@promyk.example"
    # Maildir into which the mail server puts delivery status notifications (bounces).
    bounce_folder: Path | None = None

    sms_url: str = "https://api.smsapi.pl"
    sms_token: SecretStr = SecretStr("")
    sms_sender: str = ""

    seller_name: str = "Promyk Energia sp. z o.o."
    seller_brand: str = "Promyk Energia"
    seller_nip: str = "9990000126"
    seller_regon: str = "990000016"
    seller_krs: str = "0000999001"
    seller_bdo: str = ""
    seller_street: str = "ul. Słoneczna 12"
    seller_postal_code: str = "00-950"
    seller_city: str = "Warszawa"
    seller_country_code: str = "PL"
    seller_phone: str = "+48 22 000 00 00"
    seller_email: str = "bok@promyk.example"
    seller_website: str = "https://promyk.example"
    # No bank holds this number, so a transfer from a demo document reaches nobody.
    seller_bank_code: str = "99900009"
    seller_bank_name: str = "Bank Przykładowy S.A."
    # Own accounts at other banks, separated by commas; every account at seller_bank_code is our own anyway.
    seller_accounts: str = ""

    # A larger bank file is refused unread.
    bank_file_max_mb: int = Field(default=256, ge=1)
    # Bank files fetched by SFTP into the inbox; off without a host. The server's key must be known before.
    bank_sftp_host: str = ""
    bank_sftp_port: int = 22
    bank_sftp_user: str = ""
    bank_sftp_key_file: Path | None = None
    bank_sftp_password: SecretStr = SecretStr("")
    bank_sftp_known_hosts: Path | None = None
    bank_sftp_folder: str = "."

    # The card and BLIK gateway; off without an address. The secret signs what both sides send (HMAC-SHA256).
    gateway_url: str = ""
    gateway_secret: SecretStr = SecretStr("")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return project_root() / value.expanduser()

    @property
    def run_directory(self) -> Path:
        """Return the folder of pids and logs of the running apps."""
        return self.home / "run"

    @property
    def seller_address(self) -> str:
        """Return the seller's address on one line."""
        return f"{self.seller_street}, {self.seller_postal_code} {self.seller_city}"

    @property
    def home_hash(self) -> str:
        """Return a short name of this installation, for places outside the project folder."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def reset_settings() -> None:
    """Forget the settings read so far, so that a changed environment counts."""
    get_settings.cache_clear()
