"""Every kind of answer against Google's discovery documents: nothing invented, no wrong type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from connectors.standin import FaultKind, Google, World
from connectors.standin.server import calendar, gmail
from connectors.standin.world.churn import churn as let_churn

if TYPE_CHECKING:
    from tests.connectors.standin.conftest import BareClient, HttpAnswer

_FORMATS = {
    "int64": r"^-?\d{1,19}$",
    "uint64": r"^\d{1,20}$",
    "date": r"^\d{4}-\d\d-\d\d$",
    "date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
    "byte": r"^[A-Za-z0-9_=-]*$",
}
_RANGES = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}


@cache
def _discovery(name: str) -> dict[str, Any]:
    folder = files("googleapiclient.discovery_cache.documents")
    said: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return said


def _json_schema(said: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a discovery schema; objects take no other names than it lists."""
    if "$ref" in said:
        return {"$ref": f"#/$defs/{said['$ref']}"}
    kind = said.get("type", "any")
    schema: dict[str, Any] = {} if kind == "any" else {"type": kind}
    if "enum" in said:
        schema["enum"] = said["enum"]
    if said.get("format") in _FORMATS:
        schema["pattern"] = _FORMATS[said["format"]]
    if said.get("format") in _RANGES:
        schema["minimum"], schema["maximum"] = _RANGES[said["format"]]
    if kind == "array":
        schema["items"] = _json_schema(said["items"])
    if kind == "object":
        schema["properties"] = {
            name: _json_schema(below) for name, below in said.get("properties", {}).items()
        }
        more = said.get("additionalProperties")
        schema["additionalProperties"] = _json_schema(more) if more else False
    return schema


@cache
def _validator(document: str, schema: str) -> jsonschema.Draft202012Validator:
    schemas = _discovery(document)["schemas"]
    return jsonschema.Draft202012Validator(
        {
            "$ref": f"#/$defs/{schema}",
            "$defs": {name: _json_schema(said) for name, said in schemas.items()},
        }
    )


def _check(document: str, schema: str, answer: dict[str, Any]) -> dict[str, Any]:
    _validator(document, schema).validate(answer)
    return answer


def _mail(schema: str, answer: HttpAnswer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    return _check("gmail.v1", schema, answer.json)


def _diary(schema: str, answer: HttpAnswer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    return _check("calendar.v3", schema, answer.json)


def test_the_check_itself_refuses_what_google_never_says() -> None:
    _check("gmail.v1", "Message", {"id": "1", "historyId": "18446744073709551615"})
    for wrong in ({"id": 1}, {"historyId": 12}, {"invented": "x"}, {"internalDate": "soon"}):
        with pytest.raises(jsonschema.ValidationError):
            _check("gmail.v1", "Message", wrong)


def test_the_profile_and_the_labels(reader: BareClient) -> None:
    _mail("Profile", reader.mail("profile"))
    assert len(_mail("ListLabelsResponse", reader.mail("labels"))["labels"]) > 10


def test_lists_of_messages_and_threads(reader: BareClient) -> None:
    assert _mail("ListMessagesResponse", reader.mail("messages"))["messages"]
    assert _mail("ListThreadsResponse", reader.mail("threads"))["threads"]
    nothing = reader.mail("messages", labelIds=["SPAM", "SENT"])
    assert _mail("ListMessagesResponse", nothing) == {"resultSizeEstimate": 0}


def test_messages_of_every_kind(reader: BareClient, world: World) -> None:
    messages = list(world.mailbox.messages.values())
    odd = [m for m in messages if "broken-mailer" in m.sender]
    for message in (*messages[::200], *odd):
        for form in ("metadata", "minimal"):
            _mail("Message", reader.mail(f"messages/{message.id}", format=form))
    longest = max(world.mailbox.threads.values(), key=lambda t: len(t.messages))
    thread = _mail("Thread", reader.mail(f"threads/{longest.id}", format="metadata"))
    assert len(thread["messages"]) == len(longest.messages)


def test_full_and_raw_messages_for_those_who_may(
    whole: Google, client_of: Callable[..., BareClient], world: World
) -> None:
    reader = client_of(whole, ("https://www.googleapis.com/auth/gmail.readonly",))
    message = next(iter(world.mailbox.messages))
    for form in ("full", "raw"):
        _mail("Message", reader.mail(f"messages/{message}", format=form))


def test_history_of_every_kind(api: BareClient, small: World) -> None:
    start = small.mailbox.history_id
    kept, gone = list(small.mailbox.messages)[:2]
    small.deliver(sender="Bo <bo@example.net>", to=["ada.winter@example.org"])
    small.relabel(kept, add=["STARRED"], remove=["INBOX"])
    small.delete(gone)
    answer = _mail("ListHistoryResponse", api.mail("history", startHistoryId=start))
    kinds = {kind for record in answer["history"] for kind in record if kind[-1] == "d"} - {"id"}
    assert kinds == {"messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved"}


def test_empty_and_short_pages_of_a_mailbox_that_changes(
    api: BareClient, google: Google, small: World
) -> None:
    start = small.mailbox.history_id
    let_churn(small, every=1)
    old = small.imported(sender="Bo <bo@example.net>", at=datetime(2019, 3, 1, tzinfo=UTC))
    google.faults.mix(0.6, [FaultKind.EMPTY_PAGE, FaultKind.SHORT_PAGE, FaultKind.CHURN])
    for _ in range(40):
        _mail("ListMessagesResponse", api.mail("messages"))
        _mail("ListThreadsResponse", api.mail("threads"))
        _mail("ListHistoryResponse", api.mail("history", startHistoryId=start))
        _diary("Events", api.diary())
    assert google.faults.met.keys() == {FaultKind.EMPTY_PAGE, FaultKind.SHORT_PAGE, FaultKind.CHURN}
    if old.id in small.mailbox.messages:
        _mail("Message", api.mail(f"messages/{old.id}", format="metadata"))
    for message in list(small.mailbox.messages):
        answer = api.mail(f"messages/{message}", format="metadata")
        if answer.status != 404:  # deleted meanwhile
            _mail("Message", answer)


def test_a_sent_message(google: Google, client_of: Callable[..., BareClient]) -> None:
    sender = client_of(google, ("https://www.googleapis.com/auth/gmail.send",))
    body = '{"raw": "VG86IGJvQGV4YW1wbGUubmV0DQoNCmhpDQo="}'
    answer = sender.call("POST", "/gmail/v1/users/me/messages/send", body)
    assert _mail("Message", answer)["labelIds"] == ["SENT"]


def test_calendars(reader: BareClient) -> None:
    entries = _diary("CalendarList", reader.diary("users/me/calendarList"))["items"]
    assert len(entries) == 2
    for entry in entries:
        name = entry["id"].replace("@", "%40")
        assert _diary("CalendarListEntry", reader.diary(f"users/me/calendarList/{name}")) == entry


def test_every_event_of_every_calendar_single_or_as_a_series(
    reader: BareClient, world: World
) -> None:
    for single in ("true", "false"):
        for entry in world.diary.calendars:
            path = f"calendars/{entry.id.replace('@', '%40')}/events"
            answer = reader.diary(path, singleEvents=single, showDeleted="true", maxResults=2500)
            items = _diary("Events", answer)["items"]
            assert items
            assert any("recurrence" in item for item in items) == (single == "false")
    one = world.diary.events()[0].id
    _diary("Event", reader.diary(f"calendars/primary/events/{one}"))


def test_calendars_of_every_role_and_what_happens_in_a_series(
    api: BareClient, small: World
) -> None:
    for role in ("freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer"):
        name = f"{role.lower()}@group.calendar.google.com"
        small.add_calendar(name, role, role=role, hidden=role == "writer", override="Mine")
        weeks = small.add_series(start=small.end, count=4, attendees=["x@y.example"], calendar=name)
        small.cancel_event(weeks[0].id, calendar=name)
        small.move_event(weeks[1].id, start=small.end, calendar=name)
        small.cut_series(weeks[0].series, at=weeks[3].start, calendar=name)
        small.add_event(start=small.end, calendar=name, eventType="outOfOffice")
        for single in ("true", "false"):
            question = {"singleEvents": single, "showDeleted": "true"}
            answer = api.diary(f"calendars/{name}/events", **question)
            assert len(_diary("Events", answer)["items"]) >= 4
    listed = api.diary("users/me/calendarList", showHidden="true")
    assert len(_diary("CalendarList", listed)["items"]) == 6


def _names(shape: Mapping[str, Any], schema: str, document: str) -> Iterator[tuple[str, str]]:
    """All names of a shape that the discovery schema does not have."""
    schemas = _discovery(document)["schemas"]

    def below(said: Mapping[str, Any]) -> Mapping[str, Any]:
        said = said.get("items", said)
        return schemas[said["$ref"]] if "$ref" in said else said

    properties = schemas[schema]["properties"]
    stack = [(shape, properties)]
    while stack:
        part, known = stack.pop()
        for name, inner in part.items():
            if name not in known:
                yield schema, name
            elif inner:
                stack.append((inner, below(known[name]).get("properties", {})))


@pytest.mark.parametrize(("document", "methods"), [("gmail.v1", gmail), ("calendar.v3", calendar)])
def test_parameters_scopes_and_field_names_are_googles(document: str, methods: ModuleType) -> None:
    resources = _discovery(document)["resources"]
    for method in methods.METHODS.values():
        resource = resources["users"] if document == "gmail.v1" else {"resources": resources}
        *folders, name = method.name.split(".")
        for folder in folders:
            resource = resource["resources"][folder]
        said = resource["methods"][name]
        assert method.params <= said["parameters"].keys(), method.name
        assert method.scopes <= set(said["scopes"]), method.name
        unknown = list(_names(method.shape, said["response"]["$ref"], document))
        assert not unknown, method.name
