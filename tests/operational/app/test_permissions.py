"""Every route, every method, every role: allowed exactly where permissions.yaml says so."""

import uuid
from typing import Any

import pytest

from operational.access.rules import Role, permission_matrix
from tests.operational.app.conftest import Desk

METHODS = ("GET", "POST")


def _routes(desk: Desk) -> list[tuple[str, str, str]]:
    """Return endpoint, method and an address with ids that exist, for every route of the app."""
    office, found = desk.office, []
    by_endpoint = {
        "crm.price_list": {"price_list_id": 1},
        "products.product": {"code": "PRAD"},
        "metering.file_rows": {"file_id": office.numbers["file"]},
        "metering.resolve_row": {"rejected_row_id": 999_999},
        "metering.resolve_file": {"rejected_file_id": 999_999},
        "finance.import_page": {"file_id": 999_999},
        "finance.refused_file": {"refused_id": 999_999},
        "finance.retry_refused": {"refused_id": 999_999},
        "finance.accept_gap": {"statement_id": 999_999},
        "finance.set_bank_setting": {"what": "level", "code": "automatic"},
        "access.set_staff_user_active": {"staff_user_id": 999_999},
        "access.set_password": {"staff_user_id": 999_999},
        **{
            f"finance.{name}": {"public_id": office.ids["customer"]}
            for name in (
                "account_card",
                "balance_confirmation",
                "set_finance_terms",
                "ask_write_off",
                "ask_refund",
                "interest_of",
                "waive_interest",
                "new_plan",
                "agree_plan",
            )
        },
        "finance.journal_file": {"public_id": office.ids["payment"], "format_code": "csv"},
        **{
            f"messaging.{name}": {"code": "interest.note"}
            for name in ("template", "preview_template", "save_template", "activate_template")
        },
        "messaging.activate_template": {"code": "interest.note", "public_id": office.ids["customer"]},
        "messaging.clear_address": {"address_id": 999_999},
        "messaging.letter_file": {"public_id": office.ids["customer"], "kind": "pdf"},
        "documents.explanation": {"public_id": office.ids["invoice"], "line_no": 1},
    }
    plain = {"role_id": 999_999, "row_id": 999_999, "code": "contract", "step": "customer"}
    rooms = {
        "contracts.contract": "contract",
        "changes": "contract",
        "crm": "customer",
        "documents.customer_invoices": "customer",
        "documents": "invoice",
        "metering": "point",
        "billing.resolve": "exception",
        "billing": "run",
        "finance": "payment",
        "dunning": "customer",
    }
    with desk.app.test_request_context():
        adapter = desk.app.url_map.bind("localhost")
        for rule in desk.app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            values: dict[str, Any] = dict(by_endpoint.get(rule.endpoint, {}))
            for name in rule.arguments & plain.keys():
                values.setdefault(name, plain[name])
            if "public_id" in rule.arguments and "public_id" not in values:
                room = rooms.get(rule.endpoint) or rooms.get(rule.endpoint.split(".")[0], "customer")
                values["public_id"] = office.ids[room]
            methods = sorted(set(METHODS) & (rule.methods or set()))
            found += [
                (rule.endpoint, method, adapter.build(rule.endpoint, values, method)) for method in methods
            ]
    return found


def test_every_route_and_method_stands_in_the_matrix_and_nothing_else(desk: Desk) -> None:
    listed = {(name, method) for name, methods in permission_matrix().routes.items() for method in methods}

    assert {(endpoint, method) for endpoint, method, _url in _routes(desk)} == listed


def test_every_permission_of_a_route_is_defined_and_every_defined_one_is_used() -> None:
    matrix = permission_matrix()
    used = {permission for methods in matrix.routes.values() for permission in methods.values()}

    assert used - {"public"} == set(matrix.permissions)
    assert all(roles <= set(Role) for roles in matrix.permissions.values())


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_exactly_what_the_matrix_allows(desk: Desk, role: str) -> None:
    client, matrix, wrong = desk.client(role), permission_matrix(), []
    for endpoint, method, url in _routes(desk):
        if endpoint in ("access.log_out", "billing.issue"):
            continue  # would end the session of this test, or issue documents
        data = {"form_key": str(uuid.uuid4())} if method == "POST" else None
        answer = client.open(url, method=method, data=data)
        permission = matrix.needed(endpoint, method) or ""
        may = permission == "public" or matrix.allows(role, permission)
        if (answer.status_code == 403) is may or answer.status_code >= 500:
            wrong.append((endpoint, method, answer.status_code))

    assert wrong == []


def test_the_auditor_may_send_no_form_that_changes_anything() -> None:
    matrix = permission_matrix()
    writes = {
        (endpoint, permission)
        for endpoint, methods in matrix.routes.items()
        for method, permission in methods.items()
        if method == "POST" and matrix.allows(Role.AUDITOR, permission)
    }

    assert writes == {("access.log_out", "home.read")}


def test_nobody_gets_anywhere_without_logging_in(desk: Desk) -> None:
    client, matrix, wrong = desk.client(), permission_matrix(), []
    for endpoint, method, url in _routes(desk):
        if matrix.needed(endpoint, method) == "public":
            continue
        answer = client.open(url, method=method)
        if answer.status_code != 303 or not answer.headers["Location"].startswith("/login"):
            wrong.append((endpoint, method, answer.status_code))

    assert wrong == []


def test_a_route_that_is_not_listed_is_refused_even_to_the_administrator(own_desk: Desk) -> None:
    own_desk.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    answer = own_desk.client("admin").get("/forgotten")

    assert answer.status_code == 403
    assert b"secret" not in answer.data
