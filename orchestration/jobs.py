"""Jobs: what is materialised together. Each also runs without a daemon, from the UI or ``dagster job
execute``."""

from dagster import AssetSelection, define_asset_job

from orchestration.assets.assurance import sign_to_bill
from orchestration.assets.bank import bank_files
from orchestration.assets.billing import billing_run, deliver, issue
from orchestration.assets.changes import contract_changes
from orchestration.assets.contracts import contract_starts
from orchestration.assets.dunning import dunning_night
from orchestration.assets.files import meter_files
from orchestration.assets.interest import interest_notes
from orchestration.assets.intervals import interval_determinants, lake_files
from orchestration.assets.messaging import deliver_messages, message_reports
from orchestration.assets.simulation import simulation_results
from orchestration.assets.switching import switching_files, switching_night
from orchestration.assets.validation import validation_findings
from orchestration.assets.warehouse import marts, proposals
from orchestration.checks import promises

ingest_readings = define_asset_job(
    "ingest_readings",
    AssetSelection.assets(meter_files) - AssetSelection.checks(promises),
    description="Take distributors' files from the inbox: facts, duplicates, quarantine.",
)
validate_readings = define_asset_job(
    "validate_readings",
    AssetSelection.assets(validation_findings) - AssetSelection.checks(promises),
    description="Take reported readings and run the rules V1 to V13 over what changed.",
)
ingest_intervals = define_asset_job(
    "ingest_intervals",
    AssetSelection.assets(lake_files) - AssetSelection.checks(promises),
    description="Take interval data, market prices and conversion factors from the inbox into the lake.",
)
determine_intervals = define_asset_job(
    "determine_intervals",
    AssetSelection.assets(interval_determinants) - AssetSelection.checks(promises),
    description="Determinants of a delivery month: only what changed is computed.",
)
import_bank = define_asset_job(
    "import_bank",
    AssetSelection.assets(bank_files) - AssetSelection.checks(promises),
    description="Take bank statements from the inbox: payments, allocations, suspense.",
)
bill = define_asset_job(
    "bill_month",
    AssetSelection.assets(proposals, billing_run, issue, deliver) - AssetSelection.checks(promises),
    description="Proposals, billing run, documents and their delivery for one month.",
)
simulate = define_asset_job(
    "simulate",
    AssetSelection.assets(simulation_results) - AssetSelection.checks(promises),
    description="Compute the months under other prices that people asked for.",
)
send = define_asset_job(
    "send_messages",
    AssetSelection.assets(deliver_messages) - AssetSelection.checks(promises),
    description="Deliver waiting messages by e-mail, SMS, EBOK and letter; work bounces and reports.",
)
reconcile_messages = define_asset_job(
    "reconcile_messages",
    AssetSelection.assets(message_reports) - AssetSelection.checks(promises),
    description="Ask the gateways of e-mail and SMS what became of messages; count what has no answer.",
)
interest = define_asset_job(
    "issue_interest",
    AssetSelection.assets(interest_notes) - AssetSelection.checks(promises),
    description="Interest for delay up to today: plans that are over, proposals, notes.",
)
assurance = define_asset_job(
    "watch_sign_to_bill",
    AssetSelection.assets(sign_to_bill) - AssetSelection.checks(promises),
    description="From signature to first bill: what is late or lost, and the zloty at stake.",
)
starts = define_asset_job(
    "start_contracts",
    AssetSelection.assets(contract_starts) - AssetSelection.checks(promises),
    description="Starts of supply that are due and need no distributor.",
)
changes = define_asset_job(
    "change_contracts",
    AssetSelection.assets(contract_changes) - AssetSelection.checks(promises),
    description="Terms that are over go on or end by rule; debit notes of early ends; price notices.",
)
dunning = define_asset_job(
    "run_dunning",
    AssetSelection.assets(dunning_night) - AssetSelection.checks(promises),
    description="Reminders, demands, notices and orders to distributors whose day has come.",
)
take_switching = define_asset_job(
    "take_switching",
    AssetSelection.assets(switching_files) - AssetSelection.checks(promises),
    description="Take answers of distributors and the hub about changes of supplier from the inbox.",
)
switching = define_asset_job(
    "run_switching",
    AssetSelection.assets(switching_night) - AssetSelection.checks(promises),
    description="Open cases, make papers, repair, notify, start: what of a change of supplier is due.",
)
close = define_asset_job(
    "build_marts",
    AssetSelection.assets(marts) - AssetSelection.checks(promises),
    description="Build the marts of E-BI.",
)
check = define_asset_job(
    "check_promises",
    AssetSelection.checks(promises),
    description="Check every promise about documents, money and energy (the same as iris check).",
)

JOBS = [
    ingest_readings,
    ingest_intervals,
    determine_intervals,
    validate_readings,
    import_bank,
    bill,
    simulate,
    send,
    reconcile_messages,
    interest,
    starts,
    changes,
    dunning,
    take_switching,
    switching,
    assurance,
    close,
    check,
]
