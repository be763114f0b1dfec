"""Bank statements: from the inbox to raw lines, payments on accounts, and what waits in suspense."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from sqlalchemy import text

from operational.finance.chain import HeldStatement, held_statements
from operational.finance.landing import largest_file
from operational.finance.operations import import_bank_path
from operational.finance.results import BankImportResult
from operational.kernel.calendar import civil_day
from operational.kernel.settings import get_settings
from orchestration import sftp
from orchestration.assets.billing import OPEN_ITEMS
from orchestration.assets.files import RETRIES, Taking, put_away, taken_files
from orchestration.expectations.gate import GateReport, check_rows
from orchestration.expectations.suites import bank_lines_suite
from orchestration.partitions import daily, one_by_one
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:bank"
INBOX = AssetKey(["inbox", "bank"])
STATEMENTS = AssetKey(["raw", "bank_statements"])
LINES = AssetKey(["raw", "bank_lines"])
PAYMENTS = AssetKey(["operational", "payments"])
ALLOCATIONS = AssetKey(["operational", "allocations"])
_FRESH = FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=timedelta(days=4))
_LINES_OF_FILE = """
  select l.line_no as row_no, l.amount::float8 as amount, l.currency, l.payer_account, l.booked_on,
    l.business_key,
    l.title
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id where s.file_id = any(:files)"""


def _spec(key: AssetKey, description: str, *deps: AssetKey, **more: Any) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name="finance", owners=["team:finance"],
        kinds={"python", "postgres"}, tags={"domain": "finance"}, **more,
    )  # fmt: skip


@multi_asset(
    name="bank_files",
    specs=[
        _spec(
            STATEMENTS, "Statements of the bank as they came (MT940, MT942, camt, Elixir-O, reports).", INBOX
        ),
        _spec(LINES, "Lines of statements, each once by its business key.", INBOX, freshness_policy=_FRESH),
        _spec(PAYMENTS, "Money received: on a customer's account, or in suspense.", LINES, OPEN_ITEMS),
        _spec(ALLOCATIONS, "Which payment settled which invoice.", PAYMENTS, OPEN_ITEMS),
    ],
    check_specs=[
        AssetCheckSpec(
            "lines_as_expected", asset=LINES, description="Great Expectations: lines of statements."
        ),
        AssetCheckSpec(
            "nothing_refused", asset=STATEMENTS, description="No statement of this run was refused."
        ),
        AssetCheckSpec("fetched", asset=STATEMENTS, description="The bank's SFTP server gave its files."),
        AssetCheckSpec(
            "chain_without_holes", asset=STATEMENTS, description="No statement waits for one before it."
        ),
    ],
    partitions_def=daily,
    backfill_policy=one_by_one,
    retry_policy=RETRIES,
    pool="landing",
)
def bank_files(context: AssetExecutionContext, config: Taking, iris: Iris) -> Iterator[Any]:
    """Import every bank file that waits in the inbox: store, post and allocate, one transaction for each
    file."""
    results: list[BankImportResult] = []
    fetched = _fetch(context, config, iris)
    for file, received_at in taken_files(context, config, iris, "bank"):
        with refusals_are_final(), iris.session(ACTOR) as session:
            result = import_bank_path(session, path=file.path, name=file.name, as_of=received_at)
        context.log.info("%s: %s, %s lines", file.name, result.status, result.lines)
        put_away(context, iris, file, kind="bank", refused=result.status == "rejected")
        results.append(result)
    yield from _told(results)
    new = [result.file_id for result in results if result.file_id and result.status == "imported"]
    report = _expectations(iris, new) if config.run_expectations else None
    yield from _checked(results, report)
    yield AssetCheckResult(
        check_name="fetched", asset_key=STATEMENTS, passed=not fetched, severity=AssetCheckSeverity.WARN,
        metadata={"problem": fetched or "none"},
    )  # fmt: skip
    with iris.session(ACTOR) as session:
        held = held_statements(session)
    yield AssetCheckResult(
        check_name="chain_without_holes", asset_key=STATEMENTS, passed=not held,
        severity=AssetCheckSeverity.WARN,
        metadata={"held": len(held), "first": MetadataValue.md("\n".join(_held(item) for item in held[:20]))},
    )  # fmt: skip


def _fetch(context: AssetExecutionContext, config: Taking, iris: Iris) -> str:
    """Fetch new files by SFTP when that is set and no files are named; return what went wrong.

    What stands in the inbox is imported all the same.
    """
    if config.names or not sftp.is_on(get_settings()):
        return ""
    try:
        came = sftp.fetch_bank_files(get_settings(), folder=iris.inbox("bank"), max_bytes=largest_file())
    except sftp.FetchError as error:
        context.log.error("SFTP: %s", error.message)
        return error.message
    context.log.info("SFTP: %s new of %s files", len(came.names), came.seen)
    return ""


def _held(item: HeldStatement) -> str:
    return (
        f"- {item.account} {item.number} ({item.file_name}): opens at {item.opening}, the account closed at "
        f"{item.closed_before} before; {item.lines} lines wait"
    )


def _expectations(iris: Iris, files: list[int]) -> GateReport:
    with iris.session(ACTOR) as session:
        rows = [dict(row) for row in session.execute(text(_LINES_OF_FILE), {"files": files}).mappings()]
    return check_rows(bank_lines_suite(civil_day(iris.moment())), rows)


def _told(results: list[BankImportResult]) -> Iterator[MaterializeResult[Any]]:
    zero = Decimal("0.00")
    posted = sum((result.posted_amount for result in results), zero)
    suspense = sum((result.suspense_amount for result in results), zero)
    yield MaterializeResult(
        asset_key=STATEMENTS,
        metadata={"files": len(results), "statements": sum(result.statements for result in results)},
    )
    yield MaterializeResult(
        asset_key=LINES,
        metadata={
            "dagster/row_count": sum(result.accepted for result in results),
            "rows_duplicate": sum(result.duplicates for result in results),
            "credits_pln": MetadataValue.text(str(sum((result.sum_credit for result in results), zero))),
        },
    )
    yield MaterializeResult(
        asset_key=PAYMENTS,
        metadata={
            "posted": sum(result.posted for result in results),
            "posted_pln": MetadataValue.text(str(posted)),
            "suspense": sum(result.suspense for result in results),
            "suspense_pln": MetadataValue.text(str(suspense)),
            "reversed": sum(result.reversed for result in results),
        },
    )
    yield MaterializeResult(
        asset_key=ALLOCATIONS, metadata={"allocations": sum(result.allocations for result in results)}
    )


def _checked(results: list[BankImportResult], report: GateReport | None) -> Iterator[AssetCheckResult]:
    failing = {found.rule: found.failing for found in report.results if found.failing} if report else {}
    yield AssetCheckResult(
        check_name="lines_as_expected", asset_key=LINES, passed=not failing, severity=AssetCheckSeverity.WARN,
        metadata={"rows_checked": report.rows if report else 0, "failing": MetadataValue.json(failing)},
    )  # fmt: skip
    refused = [
        f"{result.name}: {result.rejection.reason} {result.rejection.cure}"
        for result in results
        if result.rejection
    ]
    yield AssetCheckResult(
        check_name="nothing_refused", asset_key=STATEMENTS, passed=not refused,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "refused": len(refused), "first": MetadataValue.md("\n".join(f"- {line}" for line in refused))
        },
    )  # fmt: skip
