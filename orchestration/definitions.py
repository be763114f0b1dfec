"""One lineage from files to marts, for ``dagster dev -m orchestration.definitions``.

Loading it needs neither a database nor a network; the manifest of dbt is parsed when its files have changed.
"""

import json
import os

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

from dagster import Definitions

from orchestration.assets.assurance import sign_to_bill
from orchestration.assets.bank import bank_files
from orchestration.assets.billing import billing_run, deliver, issue
from orchestration.assets.changes import contract_changes
from orchestration.assets.contracts import contract_starts
from orchestration.assets.dunning import dunning_night
from orchestration.assets.facts import sources
from orchestration.assets.files import meter_files
from orchestration.assets.interest import interest_notes
from orchestration.assets.intervals import interval_determinants, lake_files
from orchestration.assets.messaging import deliver_messages, message_reports
from orchestration.assets.simulation import simulation_results
from orchestration.assets.switching import switching_files, switching_night
from orchestration.assets.validation import validation_findings
from orchestration.assets.warehouse import MANIFEST, marts, proposals
from orchestration.checks import promises
from orchestration.jobs import JOBS
from orchestration.resources import Iris
from orchestration.schedules import SCHEDULES
from orchestration.sensors import SENSORS

_MADE = [
    meter_files, lake_files, interval_determinants, validation_findings, bank_files, proposals, billing_run,
    issue, deliver, deliver_messages, message_reports, interest_notes, dunning_night, contract_starts,
    contract_changes,
    switching_files, switching_night, sign_to_bill, simulation_results, marts,
]  # fmt: skip
_SOURCES = sources(
    json.loads(MANIFEST.read_text(encoding="utf-8")), (key for made in _MADE for key in made.keys)
)

defs = Definitions(
    assets=[*_MADE, *_SOURCES],
    asset_checks=[promises],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources={"iris": Iris()},
)
