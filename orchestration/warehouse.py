"""The warehouse run in this process: dbt builds, the fingerprint of the facts, and the proposals of a month.

dbt is started as a library (``dbtRunner``): its import costs seconds once, a build afterwards about one. The
parsed project (manifest) is kept per schema prefix and pointed at the database of each call, so tests and
golden cases with databases of their own do not parse again. dbt is not safe for threads, hence the lock.
"""

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from operational.billing.forecasts import plan_forecasts
from operational.kernel import clock, db, state
from operational.kernel.calendar import start_of_day
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings, project_root
from operational.warehouse import PUBLISHING_LOCK

PROPOSALS = ("+prop_computation", "+int_billing_facts_seen")
INTEREST = ("int_finance_debts_overdue", "int_finance_debts_cut", "prop_interest_notes")
MARTS = ("staging", "marts", *INTEREST)
# Tests of data that constraints of the database guard already: for the nightly build.
NIGHTLY = ("tag:nightly",)
_LOCK = threading.RLock()
_BUILD_LOCK = 7_401_011
_manifests: dict[tuple[str, str], Any] = {}


class WarehouseError(DomainError):
    """A dbt build that failed; the message names the first broken models or tests."""


@dataclass(frozen=True, slots=True)
class NodeResult:
    """One model or test of a build: unique name, status of dbt, seconds, message of dbt ('' when fine)."""

    name: str
    status: str
    seconds: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A finished build: dbt's invocation id, seconds, and what was run."""

    invocation_id: str
    seconds: float
    nodes: tuple[NodeResult, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Computation:
    """Proposals that stand in ``<schema>``: id, what was known, up to which day (inclusive) cycles are
    billed.

    ``skipped`` tells that the facts had not changed since the computation of that id, so dbt was not run;
    ``nodes`` are the models and tests that it ran.
    """

    id: str
    known_at: datetime
    billed_through: date
    schema: str
    skipped: bool
    seconds: float
    nodes: tuple[NodeResult, ...] = ()


def project_directory() -> Path:
    """Return the folder of the dbt project."""
    return project_root() / "dbt"


def build(
    *,
    database: str,
    select: Sequence[str] | None = None,
    variables: Mapping[str, object] | None = None,
    schema_prefix: str = "",
    command: str = "build",
    exclude: Sequence[str] = (),
    unit_tests: bool = False,
) -> BuildResult:
    """Run ``dbt build`` (or another command) on a database as role iris_dbt.

    ``select`` and ``exclude`` are dbt selectors, ``variables`` dbt vars; ``schema_prefix`` puts the result
    into schemas of its own. Raises WarehouseError when a model, test or contract fails; a warning of dbt
    counts as one.
    """
    started = time.monotonic()
    given = {**_standing_variables(), **(variables or {}), "schema_prefix": schema_prefix}
    arguments = [command, "--vars", _as_json(given)]
    for option, selectors in (("--select", select or ()), ("--exclude", exclude)):
        if selectors:
            arguments += [option, *selectors]
    if select:  # a test that also needs models outside the selection waits for the build that has them
        arguments += ["--indirect-selection", "cautious"]
    if command == "build" and not unit_tests:
        arguments += ["--exclude-resource-type", "unit_test"]
    # Two builds of the same schemas would see each other's views, made for another known_at.
    lock = f"{_BUILD_LOCK}, hashtext('{schema_prefix}')"
    with _LOCK, alone(database, lock), _environment(database):
        outcome = _invoke(arguments, manifest=_manifest(database, schema_prefix))
    nodes = tuple(_node(result) for result in getattr(outcome.result, "results", ()))
    _refuse_failure(outcome, nodes)
    arguments_used = outcome.result.args
    return BuildResult(
        str(arguments_used.get("invocation_id", "") or _invocation_id()), time.monotonic() - started, nodes
    )


def compute_proposals(
    *, database: str, billed_through: date, known_at: datetime | None = None, full: bool = False
) -> Computation:
    """Bring the proposals up to date with the facts; skip dbt when neither facts nor code have changed.

    ``billed_through`` is the last day (inclusive) up to which finished cycles are due. With ``known_at`` the
    proposals are computed as known at that instant, in schemas ``asof_...``, and the live ones stay as they
    are.
    """
    started, next_day = time.monotonic(), billed_through + timedelta(days=1)
    if known_at is not None:
        return _compute_as_known(database, billed_through, known_at, started)
    with db.open_session("app", actor="job:forecasts", database=database) as session:
        plan_forecasts(session, day=next_day, as_of=_present())
    with alone(database, str(PUBLISHING_LOCK)):
        fingerprint = facts_fingerprint(database=database)
        last = _last_computation(database)
        if (
            last
            and not full
            and last["facts_fingerprint"] == fingerprint
            and last["billed_through"] == billed_through
        ):
            return Computation(
                last["id"], last["known_at"], billed_through, "proposals", True, time.monotonic() - started
            )
        moment = _present()
        code = fingerprint.partition(":")[0] + ":"
        same_code = last is not None and str(last["facts_fingerprint"]).startswith(code)
        built = build(
            database=database,
            select=PROPOSALS,
            exclude=NIGHTLY,
            variables=_variables(moment, billed_through, full=full or not same_code),
        )
        seconds = time.monotonic() - started
        found = _record(database, moment, billed_through, fingerprint, seconds)
    return Computation(found, moment, billed_through, "proposals", False, seconds, built.nodes)


def build_marts(*, database: str, business_day: date | None = None, nightly: bool = True) -> BuildResult:
    """Build the marts of E-BI from facts, proposals and acts; needs proposals that were computed before.

    ``business_day`` is the civil day that reports stand on (ageing, month ends); today when it is not given.
    ``nightly`` also runs the tests that repeat constraints of the database. The proposals are held meanwhile,
    so that all marts see one computation. Raises WarehouseError.
    """
    variables = {"business_day": business_day.isoformat()} if business_day else {}
    with alone(database, str(PUBLISHING_LOCK)):
        exclude = () if nightly else NIGHTLY
        return build(database=database, select=MARTS, exclude=exclude, variables=variables)


def compute_interest(*, database: str, through: date) -> BuildResult:
    """Compute the interest of every overdue bill up to and with a day (table
    ``proposals.prop_interest_notes``).

    Tests of the staging views are left to the nightly build. Raises WarehouseError.
    """
    return build(
        database=database,
        select=("+prop_interest_notes",),
        exclude=("path:models/staging,resource_type:test",),
        variables={"interest_through": through.isoformat()},
    )


def _standing_variables() -> dict[str, object]:
    """Return the dbt vars of the settings: what a pretended day knows, day of reports, our bank accounts."""
    settings = get_settings()
    return {
        **({"known_at": _present().astimezone(UTC).isoformat()} if settings.today else {}),
        "business_day": clock.today().isoformat(),
        "own_bank_code": settings.seller_bank_code,
        "own_accounts": [item.strip() for item in settings.seller_accounts.split(",") if item.strip()],
    }


def _compute_as_known(database: str, billed_through: date, known_at: datetime, started: float) -> Computation:
    variables = _variables(known_at, billed_through, full=True)
    build(database=database, select=PROPOSALS, exclude=NIGHTLY, variables=variables, schema_prefix="asof_")
    with db.engine("dbt", database).connect() as connection:
        query = "select computation_id from asof_proposals.prop_computation"
        found = str(connection.exec_driver_sql(query).scalar_one())
    return Computation(found, known_at, billed_through, "asof_proposals", False, time.monotonic() - started)


def _present() -> datetime:
    """Return the moment whose knowledge counts: now, or the end of IRIS_TODAY when that is later."""
    pretended = get_settings().today
    return max(clock.now(), start_of_day(pretended + timedelta(days=1))) if pretended else clock.now()


def _variables(known_at: datetime, billed_through: date, *, full: bool) -> dict[str, object]:
    return {
        "known_at": known_at.astimezone(UTC).isoformat(),
        "billed_through": billed_through.isoformat(),
        "full": full,
    }


_VERSIONED = (
    "readings", "billed_volumes", "supply_point_terms", "meter_installations", "contract_terms",
    "contract_supply_points", "price_list_items", "dso_rates", "statutory_rates", "vat_rates", "excise_rates",
    "gas_conversion_factors", "price_formulas", "prosumer_terms", "market_month_prices", "market_parameters",
    "price_caps", "cap_declarations", "contract_components", "forecast_plans",
    "network_rules", "capacity_classes", "network_attributes", "zone_masks",
)  # fmt: skip


def facts_fingerprint(*, database: str) -> str:
    """Return ``<hash of the dbt project>:<hash of the facts>``; equal strings mean equal proposals.

    Versioned tables are append-only: their rows, highest id and closed versions tell of any change.
    """
    parts = [
        f"select '{table}', count(*), max(id), count(superseded_at), max(superseded_at)::text"
        f" from operational.{table}"
        for table in _VERSIONED
    ]
    plain = "select '{0}', count(*), max(id), {1}, null from operational.{0}"
    parts += [plain.format(one, "sum(row_version)") for one in ("contracts", "supply_points", "customers")]
    parts.append(plain.format("registers", "null"))
    parts.append(
        "select 'interval_determinants', count(*), max(id), count(superseded_at), max(superseded_at)::text"
        " from raw.interval_determinants"
    )
    parts.append(
        "select 'holidays', count(*), null, null, md5(string_agg(day::text, '' order by day))"
        " from operational.holidays"
    )
    parts.append(
        "select 'charges', count(*), null, null, md5(string_agg(to_jsonb(c)::text, '' order by code))"
        " from operational.charges c"
    )
    with db.engine("dbt", database).connect() as connection:
        rows = connection.exec_driver_sql(" union all ".join(parts) + " order by 1").all()
    facts = hashlib.sha256(repr([tuple(map(str, row)) for row in rows]).encode()).hexdigest()[:32]
    return f"{project_fingerprint()}:{facts}"


def project_fingerprint() -> str:
    """Return the hash of the SQL and settings of the dbt project, without tests and marts."""
    digest = hashlib.sha256()
    root = project_directory()
    folders = ("macros", "models/staging", "models/intermediate", "models/proposals")
    files = [
        path for folder in folders for path in (root / folder).rglob("*") if path.suffix in {".sql", ".yml"}
    ]
    for path in [root / "dbt_project.yml", *sorted(files)]:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _last_computation(database: str) -> dict[str, Any] | None:
    """Return the last recorded computation, if its result still stands in the live schema."""
    with db.engine("dbt", database).connect() as connection:
        if (
            connection.exec_driver_sql("select to_regclass('proposals.prop_computation')").scalar_one()
            is None
        ):
            return None
        row = (
            connection.exec_driver_sql(
                "select c.* from operational.billing_computations c "
                "join proposals.prop_computation p on p.computation_id = c.id "
                "order by finished_at desc limit 1"
            )
            .mappings()
            .first()
        )
    return dict(row) if row else None


def _record(database: str, known_at: datetime, billed_through: date, fingerprint: str, seconds: float) -> str:
    with db.engine("dbt", database).connect() as connection:
        row = connection.exec_driver_sql("select computation_id from proposals.prop_computation").one()
    found = str(row.computation_id)
    with db.open_session("app", actor="system:warehouse", database=database) as session:
        session.connection().exec_driver_sql(
            "insert into operational.billing_computations"
            " (id, known_at, billed_through, facts_fingerprint, seconds) values (%s, %s, %s, %s, %s)",
            (found, known_at, billed_through, fingerprint, round(seconds, 2)),
        )
    return found


@contextmanager
def alone(database: str, lock: str) -> Iterator[None]:
    """Hold an advisory lock of the database against other processes; a crash releases it."""
    with db.engine("dbt", database).connect() as connection:
        connection.exec_driver_sql(f"select pg_advisory_lock({lock})")
        connection.commit()
        try:
            yield
        finally:
            connection.exec_driver_sql(f"select pg_advisory_unlock({lock})")
            connection.commit()


@contextmanager
def _environment(database: str) -> Iterator[None]:
    """Set the variables dbt reads its connection from, and put the old ones back."""
    wanted = {**db.dbt_environment(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _invoke(arguments: list[str], manifest: Any = None, target: str = "target") -> Any:
    from dbt.cli.main import dbtRunner

    project = str(project_directory())
    work = state.home() / "dbt"
    return dbtRunner(manifest=manifest).invoke(
        [
            *arguments, "--project-dir", project, "--profiles-dir", project, "--quiet", "--log-level", "none",
            "--target-path", str(work / target), "--log-path", str(work / "logs"),
            "--no-write-json", "--log-level-file", "none", "--no-use-colors",
        ]
    )  # fmt: skip


def _manifest(database: str, schema_prefix: str) -> Any:
    """Return the parsed project for a schema prefix, pointed at the database."""
    key = (project_fingerprint(), schema_prefix)
    if key not in _manifests:
        # A changed environment would make dbt read everything anew.
        with _environment(get_settings().database_name):
            outcome = _invoke(
                ["parse", "--partial-parse", "--vars", _as_json({"schema_prefix": schema_prefix})],
                target=f"parsed_{schema_prefix}",
            )
        _refuse_failure(outcome, ())
        for old in [old for old in _manifests if old[0] != key[0]]:
            del _manifests[old]
        _manifests[key] = outcome.result
    manifest = _manifests[key]
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        relation = getattr(node, "relation_name", None)
        if relation:
            node.relation_name = relation.replace(f'"{node.database}".', f'"{database}".', 1)
        node.database = database
    return manifest


def _node(result: Any) -> NodeResult:
    status = str(getattr(result.status, "value", result.status))
    return NodeResult(result.node.name, status, round(result.execution_time, 3), str(result.message or ""))


def _refuse_failure(outcome: Any, nodes: tuple[NodeResult, ...]) -> None:
    if outcome.success:
        return
    broken = [node for node in nodes if node.status in {"error", "fail", "warn", "runtime error"}]
    told = "; ".join(f"{node.name}: {' '.join(node.message.split())}" for node in broken[:5])
    reason = told or str(outcome.exception or "unknown reason")
    raise WarehouseError(
        "warehouse_build_failed",
        f"The warehouse was not built, proposals stay as they were where the build stopped: {reason}. "
        "Correct the data or the model it names and run again; a rerun is safe.",
    )


def _invocation_id() -> str:
    from dbt_common.invocation import get_invocation_id

    return str(get_invocation_id())


def _as_json(values: Mapping[str, object]) -> str:
    import json

    return json.dumps(values)
