"""The dbt project as Dagster sees it: its manifest, kept per content, and how models become assets.

The manifest is parsed once per content of ``dbt/`` (no database is needed for it) and kept under the home of
IRIS, so that definitions load quickly.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from operational.kernel import state
from operational.kernel.errors import DomainError
from orchestration.warehouse import project_directory

_KEPT = 3
_GROUPS = {"proposals": "billing", "staging": "staging"}


class ManifestError(DomainError):
    """The dbt project cannot be parsed."""


def manifest_path() -> Path:
    """Return the manifest of the project as it is now; parse the project when nobody has yet."""
    folder = state.home() / "dbt" / "manifests"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_fingerprint()}.json"
    if not path.exists():
        with state.locked("dbt-manifest"):
            if not path.exists():
                _parse(path)
                _forget_old(folder, path)
    return path


def _fingerprint() -> str:
    digest = hashlib.sha256()
    root = project_directory()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".sql", ".yml", ".csv", ".md"} and "target" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _parse(path: Path) -> None:
    from dbt.cli.main import dbtRunner

    root = str(project_directory())
    with tempfile.TemporaryDirectory(dir=path.parent) as work, _parse_settings():
        outcome = dbtRunner().invoke(
            [
                "parse", "--project-dir", root, "--profiles-dir", root, "--target-path", work,
                "--log-path", work, "--quiet", "--no-use-colors", "--log-level-file", "none",
                "--no-partial-parse", "--write-json",
            ]
        )  # fmt: skip
        if not outcome.success:
            raise ManifestError(
                "dbt_project_broken",
                f"The project in dbt/ cannot be parsed: {outcome.exception}. Correct the model.",
            )
        shutil.move(Path(work) / "manifest.json", path)


@contextmanager
def _parse_settings() -> Iterator[None]:
    """No telemetry; and a warning, which stops a build, does not hide the whole lineage from people."""
    wanted = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_WARN_ERROR": "false"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _forget_old(folder: Path, newest: Path) -> None:
    others = sorted(
        (p for p in folder.glob("*.json") if p != newest), key=lambda p: p.stat().st_mtime, reverse=True
    )
    for path in others[_KEPT - 1 :]:
        path.unlink(missing_ok=True)


class IrisTranslator(DagsterDbtTranslator):
    """Names models ``<schema>/<model>`` and sources ``<schema>/<table>``; groups them by room."""

    def __init__(self) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_code_references=False))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Return schema and name; the schema prefix of a computation in the past is no part of it."""
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])
        schema = dbt_resource_props.get("config", {}).get("schema") or dbt_resource_props.get("schema")
        return AssetKey([str(schema), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the room: the folder of the model below its layer."""
        return room_of(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Return the team of the room."""
        return [f"team:{room_of(dbt_resource_props)}"]

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the layer and the room."""
        layer = dbt_resource_props["fqn"][1] if len(dbt_resource_props["fqn"]) > 1 else "source"
        return {"layer": layer, "domain": room_of(dbt_resource_props)}

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> AssetCheckSpec | None:
        """Return the check of a data test; unit tests run in the tests, not against data."""
        if unique_id.startswith("unit_test."):
            return None
        return super().get_asset_check_spec(asset_spec, manifest, unique_id, project)


def room_of(props: Mapping[str, Any]) -> str:
    """Return the room that a model belongs to: billing for proposals, staging for staging, else its
    folder."""
    fqn = list(props["fqn"])
    layer = fqn[1] if len(fqn) > 2 else "warehouse"
    return _GROUPS.get(layer) or (fqn[2] if len(fqn) > 3 else layer)
