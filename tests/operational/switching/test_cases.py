"""Cases one by one: steps that may follow, files that are refused whole, customers who leave, reserve
supply."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from operational.crm.contracts import activation
from operational.kernel import db
from operational.kernel.errors import DomainError
from operational.switching import operations, rules
from operational.switching.channels import CHANNELS, read_answers
from operational.switching.channels.adapter import Answer, SwitchFileError
from operational.switching.night import run_night
from orchestration.simulator.switching import CODES, Distributors, Habits, reasons
from tests.factories.switching import Signed, at, limits, notice, price_lists, sign

DAY = date(2026, 2, 2)
START = date(2026, 3, 1)


def _rows(session: Session, sql: str, **given: Any) -> list[Any]:
    return list(session.execute(text(sql), given).all())


def _night(database: str, day: date) -> dict[str, int]:
    sessions = db.session_factory("app", database, actor="test")
    return dict(run_night(session_factory=sessions, as_of=day, moment=at(day)).counts)


def _signed(database: str, *contracts: Signed) -> list[Any]:
    with db.open_session("app", actor="test", database=database) as session:
        price_lists(session)
        return sign(session, contracts or [Signed(1, START, DAY)])


def _receive(
    database: str, day: date, *answers: Answer, channel: str = "dso_xml", dso: str = "tauron"
) -> Any:
    content = CHANNELS[channel].write_answers(dso, answers)
    return _receive_bytes(database, day, content)


def _receive_bytes(database: str, day: date, content: bytes) -> Any:
    with db.open_session("app", actor="test", database=database) as session:
        return operations.receive_file(session, content=content, name="f", limits=limits(session, day))


def _status(database: str) -> list[str]:
    with db.open_session("app", actor="test", database=database) as session:
        return [
            row.status for row in _rows(session, "select status from operational.switching_cases order by id")
        ]


def test_the_steps_of_the_rules_are_those_of_the_database(session: Session) -> None:
    found = {
        (row[0], row[1], row[2]) for row in _rows(session, "select * from operational.switching_transitions")
    }
    ours = {
        (direction, before.value, after.value)
        for direction, table in rules.TRANSITIONS.items()
        for before, follow in table.items()
        for after in follow
    }
    assert found == ours


def test_no_step_is_skipped_and_the_log_is_kept(database: str) -> None:
    _signed(database)
    _night(database, DAY)
    with db.open_session("app", actor="test", database=database) as session:
        skipped = "update operational.switching_cases set status = 'ACTIVE', confirmed_start = '2026-03-01'"
        for wrong in (skipped,
                      "delete from operational.switching_events"):  # fmt: skip
            with pytest.raises(DBAPIError), session.begin_nested():
                session.execute(text(wrong))
        log = _rows(session, "select kind, to_status from operational.switching_events order by id")
    assert [tuple(row) for row in log if row.kind != "paper"] == [
        ("opened", "DRAFT"), ("status", "READY"), ("status", "SENT"),
    ]  # fmt: skip
    assert _night(database, DAY)["messages"] == 0  # a second night of the day sends nothing


def test_a_cancelled_contract_is_called_off_at_the_distributor_and_supply_is_taken_back(
    database: str,
) -> None:
    contract = _signed(database)[0]
    _night(database, DAY)
    _receive(database, DAY, Answer("T-1", "accepted", DAY, contract.code, "ZS/0000001-1", start_on=START))
    assert _status(database) == ["SCHEDULED"]
    with db.open_session("app", actor="test", database=database) as session:
        operations.cancel(session, case_ids=[1], note="changed my mind", limits=limits(session, DAY))
    assert _night(database, DAY)["messages"] == 1
    with db.open_session("app", actor="test", database=database) as session:
        supply = _rows(
            session, "select 1 from operational.contract_supply_points where superseded_at is null"
        )
        sent = _rows(
            session, "select kind from operational.switching_messages where direction = 'out' order by id"
        )
    assert (supply, [row.kind for row in sent]) == ([], ["notification", "cancellation"])
    with (
        db.open_session("app", actor="test", database=database) as session,
        pytest.raises(DomainError, match="termination"),
    ):
        operations.cancel(session, case_ids=[1], note="again", limits=limits(session, DAY))


def test_a_withdrawn_request_ends_its_case_and_a_moved_one_moves_it(database: str) -> None:
    first, second = _signed(database, Signed(1, START, DAY, mandates=()), Signed(2, START, DAY, mandates=()))
    _night(database, DAY)
    with db.open_session("app", actor="test", database=database) as session:
        given = {"contract_id": first.contract_id, "supply_point_id": first.supply_point_id, "as_of": at(DAY)}
        activation.cancel_start(session, reason="withdrawal", outcome="withdrawn", **given)
        given |= {"contract_id": second.contract_id, "supply_point_id": second.supply_point_id}
        activation.move_start(session, wanted_start=START + timedelta(days=9), **given)
    _night(database, DAY)
    with db.open_session("app", actor="test", database=database) as session:
        rows = _rows(
            session, "select status, wanted_start, missing from operational.switching_cases order by id"
        )
    assert rows[0].status == "WITHDRAWN"
    assert (rows[1].status, rows[1].wanted_start) == ("DOCS_INCOMPLETE", START + timedelta(days=9))
    assert rows[1].missing == ["power_of_attorney"]


def test_every_code_of_every_channel_is_understood(session: Session) -> None:
    known = reasons(session)
    assert set(known) == {(channel, code) for channel in CHANNELS for code in CODES}


def test_files_are_taken_whole_or_refused_whole(database: str) -> None:
    contract = _signed(database)[0]
    _night(database, DAY)
    good = Answer("T-1", "ack", DAY, contract.code, "ZS/0000001-1")
    unknown = Answer("T-2", "ack", DAY, contract.code, "ZS/0009999-1")
    other_point = Answer("T-3", "ack", DAY, "590322400000099991", "ZS/0000001-1")
    no_code = Answer("T-4", "rejected", DAY, contract.code, "ZS/0000001-1", reason="W/99")
    no_day = Answer("T-5", "accepted", DAY, contract.code, "ZS/0000001-1")
    lost = Answer("T-6", "loss_notice", DAY, "590322400000099991", end_on=START)
    for wrong, why in (
        (unknown, "switch_reference_unknown"), (other_point, "switch_point_differs"),
        (no_code, "switch_message_incomplete"), (no_day, "switch_message_incomplete"),
        (lost, "switch_point_unknown"),
    ):  # fmt: skip
        assert _receive(database, DAY, good, wrong).code == why
        assert _status(database) == ["SENT"]
    assert _receive(database, DAY, good).status == "imported"
    assert _receive(database, DAY, good).status == "already_imported"
    assert _receive(database, DAY, good, good).outcomes == {"repeated": 2}
    changed = Answer("T-1", "accepted", DAY, contract.code, "ZS/0000001-1", start_on=START)
    assert _receive(database, DAY, changed).code == "switch_message_changed"
    assert _receive(database, DAY, good, dso="nobody").code == "switch_sender_unknown"
    with db.open_session("app", actor="test", database=database) as session:
        assert len(_rows(session, "select 1 from raw.rejected_files where reason <> '' and cure <> ''")) == 7
        assert len(_rows(session, "select 1 from operational.switching_messages where direction = 'in'")) == 1


def test_cut_flipped_and_hostile_files_are_refused_by_every_channel() -> None:
    chance = random.Random(7)
    rows = [
        Answer(f"T-{n}", "ack", DAY, "590322400000000017", f"ZS/000000{n}-1", text='żółć; "x"')
        for n in range(3)
    ]
    for channel in CHANNELS.values():
        whole = channel.write_answers("tauron", rows)
        assert read_answers(whole)[1].rows == tuple(rows)
        for cut in range(1, len(whole) - 3, 41):
            with pytest.raises(SwitchFileError):
                read_answers(whole[:cut])
        for _ in range(60):
            broken = bytearray(whole)
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            try:
                read_answers(bytes(broken))  # a flipped letter of a remark is a remark still
            except SwitchFileError as error:
                assert error.cure
    xml = CHANNELS["dso_xml"].write_answers("tauron", rows).decode()
    bomb = xml.replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', 1)
    with pytest.raises(SwitchFileError, match="document type"):
        read_answers(bomb.encode())


def test_answers_in_any_order_lead_to_the_same_state(database: str) -> None:
    contracts = _signed(database, *(Signed(n, START, DAY) for n in range(1, 7)))
    _night(database, DAY)
    chance = random.Random(3)
    told = []
    for number, contract in enumerate(contracts, start=1):
        mark = f"ZS/{number:07d}-1"
        verdict = Answer(f"V-{number}", "accepted", DAY, contract.code, mark, start_on=START)
        if number % 3 == 0:
            verdict = Answer(f"V-{number}", "rejected", DAY, contract.code, mark, reason="W/02")
        told += [Answer(f"A-{number}", "ack", DAY, contract.code, mark), verdict, verdict]
    chance.shuffle(told)
    for answer in told:
        assert _receive(database, DAY, answer).status in ("imported", "already_imported")
    assert _status(database) == ["SCHEDULED", "SCHEDULED", "REJECTED"] * 2
    both = Answer("V-9", "rejected", DAY, contracts[0].code, "ZS/0000001-1", reason="W/01")
    assert _receive(database, DAY, both).outcomes == {"contradiction": 1}
    assert _status(database)[0] == "SCHEDULED"


def test_a_customer_leaves_and_the_case_closes_with_the_final_settlement(database: str) -> None:
    contract = _signed(database)[0]
    with db.open_session("app", actor="test", database=database) as session:
        activation.activate(
            session, contract_id=contract.contract_id, supply_point_id=contract.supply_point_id, start=START,
            as_of=at(DAY),
        )  # fmt: skip
    leaves, end = date(2026, 4, 1), date(2026, 5, 1)
    notice = Answer("L-1", "loss_notice", leaves, contract.code, end_on=end)
    assert _receive(database, leaves, notice).outcomes == {"applied": 1}
    assert _receive(database, leaves, notice, notice).outcomes == {"repeated": 2}
    assert _night(database, leaves)["accepted"] == 1
    with db.open_session("app", actor="test", database=database) as session:
        ends = _rows(
            session, "select valid_to from operational.contract_supply_points where superseded_at is null"
        )
        answer = _rows(
            session, "select payload from operational.switching_messages where kind = 'loss_answer'"
        )
        session.execute(
            text("""with m as (insert into operational.meters (serial, medium) values ('SW1', 'electricity')
              returning id),
                      r as (insert into operational.registers (meter_id, zone_code, unit) select id, 'all',
                        'kwh' from m
                        returning id)
                    insert into operational.readings (register_id, supply_point_id, reading_date, value,
                      kind, reason)
                    select r.id, :point, date '2026-04-30', 1200, 'actual_remote', 'contract_end' from r"""),
            {"point": contract.supply_point_id},
        )
    assert ([row.valid_to for row in ends], answer[0].payload["verdict"]) == ([end], "accept")
    assert _night(database, date(2026, 4, 30))["final_readings"] == 0
    assert _night(database, end)["final_readings"] == 1
    with db.open_session("app", actor="test", database=database) as session:
        due = _rows(session, "select deadline_on from operational.switching_cases where direction = 'out'")
        assert due[0].deadline_on == end + timedelta(days=42)


def test_a_departure_that_is_called_off_lets_supply_go_on(database: str) -> None:
    contract = _signed(database)[0]
    with db.open_session("app", actor="test", database=database) as session:
        activation.activate(
            session, contract_id=contract.contract_id, supply_point_id=contract.supply_point_id, start=START,
            as_of=at(DAY),
        )  # fmt: skip
    end = date(2026, 5, 1)
    _receive(database, date(2026, 4, 1), Answer("L-1", "loss_notice", DAY, contract.code, end_on=end))
    _night(database, date(2026, 4, 1))
    _receive(database, date(2026, 4, 9), Answer("L-2", "loss_called_off", DAY, contract.code, end_on=end))
    with db.open_session("app", actor="test", database=database) as session:
        supply = _rows(session, """select valid_from, valid_to from operational.contract_supply_points
                                   where superseded_at is null""")  # fmt: skip
    assert [tuple(row) for row in supply] == [(START, None)]
    assert _status(database) == ["WITHDRAWN"]


def test_reserve_supply_begins_on_the_day_of_the_notice_at_the_reserve_prices(database: str) -> None:
    contract = _signed(database)[0]
    with db.open_session("app", actor="test", database=database) as session:
        given = {
            "contract_id": contract.contract_id,
            "supply_point_id": contract.supply_point_id,
            "as_of": at(DAY),
        }
        activation.activate(session, start=START, **given)
        activation.end(session, end=date(2026, 4, 1), reason="moved", **given)
    start = Answer("S-1", "reserve_start", date(2026, 4, 20), contract.code, start_on=date(2026, 4, 15))
    assert _receive(database, date(2026, 4, 20), start).outcomes == {"applied": 1}
    with db.open_session("app", actor="test", database=database) as session:
        made = _rows(
            session,
            """select c.status, k.valid_from, l.code from operational.switching_cases c
               join operational.contract_supply_points k on k.contract_id = c.contract_id and k.superseded_at
               is null join operational.contract_terms t on t.contract_id = c.contract_id and t.superseded_at
               is null join operational.price_lists l on l.id = t.price_list_id where c.kind = 'reserve'""",
        )
    assert [tuple(row) for row in made] == [("ACTIVE", date(2026, 4, 15), "RESERVE-EL")]


def test_channels_change_on_their_cut_over_day_and_gas_has_its_own(database: str) -> None:
    _signed(
        database, Signed(1, date(2026, 4, 1), DAY, dso_code="energa"),
        Signed(2, date(2026, 4, 1), date(2026, 3, 1), dso_code="energa"),
        Signed(3, date(2026, 4, 1), DAY, dso_code="psg", medium="gas"),
    )  # fmt: skip
    _night(database, DAY)
    _night(database, date(2026, 3, 1))
    with db.open_session("app", actor="test", database=database) as session:
        used = _rows(session, "select channel from operational.switching_messages order by case_id")
    assert sorted(row.channel for row in used) == ["dso_csv", "gas_xml", "hub"]


def test_the_portal_sees_the_own_cases_only(database: str) -> None:
    _signed(database)
    _night(database, DAY)
    with db.open_session("ebok", actor="test", database=database, session_token="none") as session:
        assert _rows(session, "select 1 from operational.switching_cases") == []


def test_the_same_seed_gives_the_same_answers(session: Session) -> None:
    known = reasons(session)
    worlds = [Distributors(known, seed=5, habits=Habits(rejected=0.6)) for _ in range(2)]
    for world in worlds:
        world.take("dso_xml", CHANNELS["dso_xml"].write_notices("tauron", [notice(n) for n in range(1, 40)]))
    days = worlds[0].days()
    assert days
    assert [world.files(day) for world in worlds[:1] for day in days] == [
        worlds[1].files(day) for day in days
    ]
