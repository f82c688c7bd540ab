"""What the events say on the wire, and that their schemas say the same."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest

from libsubsidy import Memo, Money, Month
from services.bus import events, schema, wire
from services.bus.cloudevents import event_id, to_message
from services.store.outbox import OutboxRow

EXAMPLES: list[events.Event] = [
    events.OrderApproved(
        order_id=events.Id(1),
        employer_id=events.Id(2),
        kind="monthly",
        amount=Money(fen=2366250),
        first_month=Month(2019, 11),
        last_month=Month(2020, 10),
        people=12,
        notice_id=events.Id(17),
    ),
    events.OrderCancelled(order_id=events.Id(1), employer_id=events.Id(2), amount=Money(fen=1)),
    events.RemittanceSettled(
        notice_id=events.Id(17),
        employer_id=events.Id(2),
        memo=Memo(employer_code="75256", order_code="A7W5"),
        line_id=events.Id(9_223_372_036_854_775_807),
        amount=Money(fen=2366250),
    ),
    events.RefundFlagged(
        case_id=events.Id(3), line_id=events.Id(4), amount=Money(fen=0), reason=events.Code("AMOUNT_SHORT")
    ),
    events.RefundApproved(case_id=events.Id(3), line_id=events.Id(4), amount=Money(fen=5), batch_id=events.Id(6)),
    events.RefundCompleted(case_id=events.Id(3), line_id=events.Id(4), amount=Money(fen=5)),
    events.RefundReturned(case_id=events.Id(3), line_id=events.Id(4), amount=Money(fen=5)),
    events.StatementReconciled(
        statement_id=events.Id(8),
        source=events.Source("icbc"),
        lines=10,
        settled=5,
        refunds=3,
        held=1,
        others=1,
        settled_amount=Money(fen=500),
        refund_amount=Money(fen=300),
        held_amount=Money(fen=10**15),
    ),
    events.StatementRefused(
        statement_id=events.Id(8), source=events.Source("icbc"), reason=events.Code("STATEMENT_DOES_NOT_BALANCE")
    ),
    events.ApplicationDecided(
        application_id=events.Id(5), employer_id=events.Id(2), kind=events.Code("TRANSFER"), outcome="returned"
    ),
    events.WithdrawalReturned(withdrawal_id=events.Id(5), amount=Money(fen=100)),
    events.WithdrawalPaid(withdrawal_id=events.Id(5), amount=Money(fen=100), booked=date(2020, 4, 1)),
]
by_name = pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.TYPE)

SETTLED = {"notice_id": "17", "employer_id": "2", "memo": "75256xA7W5o", "line_id": "9", "amount": "23662.50"}


def test_every_event_of_the_contract_exists() -> None:
    """The routing keys are the eleven of the contract, and each has an example here."""
    expected = {
        "order.approved.v1",
        "order.cancelled.v1",
        "remittance.settled.v1",
        "refund.flagged.v1",
        "refund.approved.v1",
        "refund.completed.v1",
        "refund.returned.v1",
        "statement.reconciled.v1",
        "statement.refused.v1",
        "application.decided.v1",
        "withdrawal.paid.v1",
        "withdrawal.returned.v1",
    }
    assert expected == set(events.EVENTS) == {event.TYPE for event in EXAMPLES}


@by_name
def test_written_and_read_again_is_the_same(event: events.Event) -> None:
    """Reading undoes writing."""
    assert event == wire.read_strictly(event.TYPE, wire.write(event))


@by_name
def test_what_is_written_is_valid_by_its_schema(event: events.Event) -> None:
    """Whoever validates by the schema accepts what we write."""
    jsonschema.Draft202012Validator(schema.schema_of(type(event))).validate(json.loads(wire.write(event)))


@by_name
def test_the_schema_file_is_what_the_class_says(event: events.Event) -> None:
    """The schemas that are shipped and the classes cannot part."""
    path = schema.SCHEMAS / f"{event.TYPE}.json"
    assert schema.render(type(event)) == path.read_text(encoding="utf-8")


def test_no_schema_is_left_over() -> None:
    """Each schema file belongs to an event."""
    assert {f"{name}.json" for name in events.EVENTS} == {path.name for path in schema.SCHEMAS.iterdir()}


def test_dump_writes_them_all(tmp_path: Path) -> None:
    """The command that writes the schemas writes the ones that are kept."""
    schema.dump(tmp_path / "schemas")
    expected = {path.name: path.read_text(encoding="utf-8") for path in schema.SCHEMAS.iterdir()}
    assert expected == {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "schemas").iterdir()}


@by_name
def test_every_field_is_described(event: events.Event) -> None:
    """Class and schema explain each field, and nothing that is no field."""
    described: Any = schema.schema_of(type(event))["properties"]
    assert all(described[field.name]["description"] for field in attrs.fields(type(event)))


@by_name
def test_events_carry_no_personal_data(event: events.Event) -> None:
    """No field is a name, an account, a telephone number or an identity code."""
    fields = {field.name for field in attrs.fields(type(event))}
    assert not {name for name in fields for word in ("name", "account", "mobile", "phone", "idnumber") if word in name}


def test_amounts_and_ids_are_strings() -> None:
    """Neither a large id nor an amount goes through a floating-point number of the reader."""
    expected = (
        '{"notice_id":"17","employer_id":"2","memo":"75256xA7W5o","line_id":"9223372036854775807","amount":"23662.50"}'
    )
    assert expected == wire.write(EXAMPLES[2]).decode()


def test_reading_tolerates_what_a_later_version_adds() -> None:
    """An unknown field is passed over, a missing optional one has its default."""
    event = wire.read("order.cancelled.v1", '{"order_id":"1","employer_id":"2","amount":"0.01","mood":"good"}')
    assert EXAMPLES[1] == event


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": 23662.5}, "amount"),
        ({"amount": "23662.5"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"notice_id": 17}, "notice_id"),
        ({"notice_id": "017"}, "notice_id"),
        ({"notice_id": "17\n"}, "notice_id"),
        ({"notice_id": None}, "notice_id"),
        ({"memo": "75256XA7W5o"}, "memo"),
        ({"payer_name": "somebody"}, "payer_name"),
    ],
)
def test_writing_is_strict(change: dict[str, Any], problem: str) -> None:
    """A body of ours that breaks its class is refused, naming the field and not the value."""
    with pytest.raises(wire.EventMalformedError) as refused:
        wire.read_strictly("remittance.settled.v1", json.dumps(SETTLED | change))
    assert (True, False) == (problem in str(refused.value), "somebody" in str(refused.value))


@pytest.mark.parametrize("body", ["", "[]", '"text"', "null", "{", b"\xff"])
@pytest.mark.parametrize("name", ["remittance.settled.v1", "remittance.settled.v2"])
def test_reading_refuses_what_is_no_event(name: str, body: str | bytes) -> None:
    """Whatever comes, the answer is this one error."""
    with pytest.raises(wire.EventMalformedError):
        wire.read(name, body)


NOON = datetime(2020, 4, 1, 4, 0, 0, 123456, tzinfo=UTC)


def row(**change: Any) -> OutboxRow:
    """Build an outbox row as the store writes it, but for what is asked otherwise."""
    facts: dict[str, Any] = {
        "id": 5,
        "type": "remittance.settled.v1",
        "subject": "notice/17",
        "body": json.dumps(SETTLED),
        "created_at": NOON,
    }
    return OutboxRow(**facts | change)


def test_an_outbox_row_becomes_a_cloudevent_in_binary_mode() -> None:
    """Every attribute CloudEvents asks for stands in its header, and the body is the event alone."""
    message = to_message(row(), source="/subsidy/jiangmen")
    expected = {
        "cloudEvents_specversion": "1.0",
        "cloudEvents_id": event_id(row()),
        "cloudEvents_source": "/subsidy/jiangmen",
        "cloudEvents_type": "remittance.settled.v1",
        "cloudEvents_subject": "notice/17",
        "cloudEvents_time": "2020-04-01T04:00:00.123456Z",
        "cloudEvents_dataschema": "urn:libsubsidy:schema:remittance.settled.v1",
    }
    assert (expected, "application/json", SETTLED) == (message.headers, message.content_type, json.loads(message.body))


def test_the_id_is_the_rows_and_differs_after_a_restore() -> None:
    """Telling a row again repeats the id; a row that gets the same number after a restore has another."""
    later = row(created_at=datetime(2020, 4, 1, 4, 0, 0, 123457, tzinfo=UTC))
    assert (True, True, False) == (
        event_id(row()) == event_id(row()),
        event_id(row()).startswith("5-"),
        event_id(row()) == event_id(later),
    )


@pytest.mark.parametrize("change", [{"subject": "notice/18"}, {"type": "remittance.settled.v9"}, {"body": "{}"}])
def test_a_row_that_breaks_the_contract_never_leaves(change: dict[str, Any]) -> None:
    """A row whose subject, type or body does not fit its class is refused."""
    with pytest.raises(wire.EventMalformedError):
        to_message(row(**change))
