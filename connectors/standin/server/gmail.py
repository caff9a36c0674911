"""Gmail v1 as a reader with the scope gmail.metadata meets it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import getaddresses, parseaddr

from connectors.addresses import OwnAddresses
from connectors.standin.errors import bad_request, forbidden, not_found
from connectors.standin.server.answer_shapes import HISTORY, LABEL, MAIL_PAGE, MESSAGE, THREAD
from connectors.standin.server.parameters import Ask, Method
from connectors.standin.world.mailbox import (
    NEVER_READ,
    SYSTEM_LABELS,
    USER_LABELS,
    MailboxChange,
    WorldMessage,
)
from connectors.standin.world.page_tokens import fingerprint
from connectors.standin.world.world import World

_AUTH = "https://www.googleapis.com/auth/"
METADATA = _AUTH + "gmail.metadata"
_FULL = frozenset({_AUTH + "gmail.readonly", _AUTH + "gmail.modify", "https://mail.google.com/"})
_READ = _FULL | {METADATA}
_SEND = frozenset(
    {
        _AUTH + "gmail.send",
        _AUTH + "gmail.compose",
        _AUTH + "gmail.modify",
        "https://mail.google.com/",
    }
)

_LIST = frozenset({"maxResults", "pageToken", "q", "labelIds", "includeSpamTrash"})
_GET = frozenset({"format", "metadataHeaders"})

METHODS = {
    method.name: method
    for method in (
        Method(
            "getProfile",
            _READ,
            frozenset(),
            dict.fromkeys(("emailAddress", "messagesTotal", "threadsTotal", "historyId")),
        ),
        Method("messages.list", _READ, _LIST, {**MAIL_PAGE, "messages": MESSAGE}),
        Method("messages.get", _READ, _GET, MESSAGE),
        Method("messages.send", _SEND, frozenset(), MESSAGE),
        Method("threads.list", _READ, _LIST, {**MAIL_PAGE, "threads": THREAD}),
        Method("threads.get", _READ, _GET, THREAD),
        Method(
            "history.list",
            _READ,
            frozenset({"maxResults", "pageToken", "startHistoryId", "labelId", "historyTypes"}),
            {"nextPageToken": None, "historyId": None, "history": HISTORY},
        ),
        Method("labels.list", _READ, frozenset(), {"labels": LABEL}),
    )
}
_KINDS = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}
_PAGE, _LARGEST_PAGE = 100, 500
_ESTIMATE = 201  # Gmail's estimate is none: it says 201 whenever there is much


def route(verb: str, parts: list[str]) -> tuple[Method, list[str]] | None:
    """The method and its arguments; `parts` is the path after `/gmail/v1/users/`, split."""
    match verb, parts:
        case "GET", [user, "messages" | "threads" as kind, what]:
            return METHODS[f"{kind}.get"], [user, what]
        case "GET", [user, "messages" | "threads" | "history" | "labels" as kind]:
            return METHODS[f"{kind}.list"], [user]
        case "GET", [user, "profile"]:
            return METHODS["getProfile"], [user]
        case "POST", [user, "messages", "send"]:
            return METHODS["messages.send"], [user]
    return None


class GmailApi:
    """Answers for a world's mailbox; the caller holds the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._box = world.mailbox
        self._own = OwnAddresses(world.owner.addresses)
        self._answers: dict[str, Callable[[Ask], object]] = {
            "getProfile": self._profile,
            "messages.list": self._messages,
            "messages.get": self._message,
            "messages.send": self._send,
            "threads.list": self._threads,
            "threads.get": self._thread,
            "history.list": self._history,
            "labels.list": self._labels,
        }

    def answer(self, ask: Ask) -> object:
        """The whole answer, before the mask; raises GoogleError."""
        ask.allow()
        if ask.args[0] not in {"me", self._world.owner.private}:
            raise forbidden(f"Delegation denied for {self._world.owner.private}")
        return self._answers[ask.method.name](ask)

    def _profile(self, _ask: Ask) -> object:
        return {
            "emailAddress": self._world.owner.private,
            "messagesTotal": len(self._box.messages),
            "threadsTotal": len(self._box.threads),
            "historyId": str(self._box.history_id),
        }

    def _labels(self, _ask: Ask) -> object:
        system = [{"id": name, "name": name, "type": "system"} for name in SYSTEM_LABELS]
        own = [{"id": key, "name": name, "type": "user"} for key, name in USER_LABELS.items()]
        shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow"}
        return {"labels": [*system, *(label | shown for label in own)]}

    # Lists.

    def _messages(self, ask: Ask) -> object:
        found = self._listed(ask, self._box.listing)
        page, token = self._page(ask, found, lambda message: int(message.id, 16))
        answer: dict[str, object] = {}
        if page:
            answer["messages"] = [{"id": m.id, "threadId": m.thread_id} for m in page]
        return self._paged(answer, token, len(found))

    def _threads(self, ask: Ask) -> object:
        # A thread stands where its newest message stands among those asked for.
        found = self._listed(ask, self._box.thread_listing)
        page, token = self._page(ask, found, lambda message: int(message.id, 16))
        answer: dict[str, object] = {}
        if page:
            answer["threads"] = [self._thread_line(m.thread_id) for m in page]
        return self._paged(answer, token, len(found))

    def _thread_line(self, thread_id: str) -> dict[str, object]:
        changed = max(m.history_id for m in self._box.thread(thread_id))
        return {"id": thread_id, "snippet": NEVER_READ, "historyId": str(changed)}

    def _listed(self, ask: Ask, listing: Callable[..., list[WorldMessage]]) -> list[WorldMessage]:
        if "q" in ask.params.values:
            if METADATA in ask.scopes:
                raise forbidden("Metadata scope does not support 'q' parameter")
            raise bad_request("The stand-in cannot search", location="q")
        labels = frozenset(ask.params.many("labelIds"))
        unknown = labels - USER_LABELS.keys() - frozenset(SYSTEM_LABELS)
        if unknown:
            raise bad_request(f"Invalid label: {min(unknown)}", reason="invalidArgument")
        hidden_too = ask.params.flag("includeSpamTrash")
        return listing(labels, spam_and_trash=hidden_too)

    def _page(
        self, ask: Ask, found: list[WorldMessage], key: Callable[[WorldMessage], int]
    ) -> tuple[list[WorldMessage], str]:
        """One page of what was found, newest first, and the token of the next."""
        params, tokens = ask.params, self._world.page_tokens
        size = params.number("maxResults", _PAGE, _LARGEST_PAGE)
        question = fingerprint(
            sorted(params.many("labelIds")), params.text("includeSpamTrash", "false")
        )
        first = 0
        if "pageToken" in params.values:
            position = tokens.position(params.text("pageToken"), ask.method.name, question)
            after, counted = map(int, str(position).split(":"))
            low, high = 0, len(found)
            while low < high:  # where the ids fall to `after` and below
                middle = (low + high) // 2
                if key(found[middle]) >= after:
                    low = middle + 1
                else:
                    high = middle
            first = low
            if self._world.churning is not None:
                # What came since the last page pushes the last lines of that onto this one.
                first = max(0, low - max(0, len(found) - counted))
        page = [] if ask.page_is_empty else found[first : first + size]
        if first + len(page) >= len(found):
            return page, ""
        reached = key(page[-1]) if page else key(found[first]) + 1
        return page, tokens.issue(ask.method.name, question, f"{reached}:{len(found)}")

    @staticmethod
    def _paged(answer: dict[str, object], token: str, total: int) -> object:
        if token:
            answer["nextPageToken"] = token
        answer["resultSizeEstimate"] = min(total, _ESTIMATE)
        return answer

    # Single messages and threads.

    def _message(self, ask: Ask) -> object:
        message = self._box.messages.get(ask.args[1])
        if message is None:
            raise not_found()
        return self._shown(ask, message)

    def _thread(self, ask: Ask) -> object:
        if ask.args[1] not in self._box.threads:
            raise not_found()
        messages = [self._shown(ask, m) for m in self._box.thread(ask.args[1])]
        return {k: v for k, v in self._thread_line(ask.args[1]).items() if k != "snippet"} | {
            "messages": messages
        }

    def _shown(self, ask: Ask, message: WorldMessage) -> dict[str, object]:
        form = ask.params.text("format", "full").lower()
        if form not in {"minimal", "metadata", "full", "raw"}:
            raise bad_request(f"Invalid value for format: {form}", location="format")
        if form in {"full", "raw"} and METADATA in ask.scopes:
            raise forbidden(f"Metadata scope doesn't allow format {form.upper()}")
        shown: dict[str, object] = {
            "id": message.id,
            "threadId": message.thread_id,
            "labelIds": list(message.labels),
            "snippet": NEVER_READ,
            "sizeEstimate": message.size,
            "historyId": str(message.history_id),
            "internalDate": str(message.at_ms),
        }
        if form == "minimal":
            return shown
        lines = message.headers
        if form == "raw":
            text = "".join(f"{name}: {value}\r\n" for name, value in lines)
            raw = f"{text}\r\n{NEVER_READ}\r\n".encode()
            return shown | {"raw": base64.urlsafe_b64encode(raw).decode()}
        asked = ask.params.many("metadataHeaders")
        if asked and form == "metadata":
            wanted = {name.lower() for name in asked}
            lines = [line for line in lines if line[0].lower() in wanted]
        payload: dict[str, object] = {"mimeType": "text/plain"}
        if lines:
            payload["headers"] = [{"name": name, "value": value} for name, value in lines]
        if form == "full":
            data = base64.urlsafe_b64encode(NEVER_READ.encode()).decode()
            payload["body"] = {"size": len(NEVER_READ), "data": data}
        shown["payload"] = payload
        return shown

    # History.

    def _history(self, ask: Ask) -> object:
        params, box, tokens = ask.params, self._box, self._world.page_tokens
        said = params.text("startHistoryId")
        if not said.isdecimal():
            raise bad_request("Missing or invalid startHistoryId", location="startHistoryId")
        start = int(said)
        if start < box.oldest_history:
            raise not_found()
        size = params.number("maxResults", _PAGE, _LARGEST_PAGE)
        kinds = [_KINDS.get(kind) for kind in params.many("historyTypes")]
        if None in kinds:
            raise bad_request("Invalid value for historyTypes", location="historyTypes")
        question = fingerprint(start, sorted(map(str, kinds)), params.text("labelId"))
        after = start
        if "pageToken" in params.values:
            after = int(tokens.position(params.text("pageToken"), ask.method.name, question))
        changes = list(box.since(after))
        # Gmail filters after it has cut the page: a page may hold nothing and still go on.
        page = [] if ask.page_is_empty else changes[:size]
        label = params.text("labelId")
        shown = [
            _change(change)
            for change in page
            if (not kinds or change.kind in kinds) and (not label or label in change.labels)
        ]
        answer: dict[str, object] = {"historyId": str(box.history_id)}
        if shown:
            answer["history"] = shown
        if len(page) < len(changes):
            upto = page[-1].id if page else after
            answer["nextPageToken"] = tokens.issue(ask.method.name, question, upto)
        return answer

    # Sending.

    def _send(self, ask: Ask) -> object:
        try:
            said = json.loads(ask.body or b"{}")
            text = str(said["raw"])
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise bad_request("'raw' RFC822 payload message string required") from error
        thread = said.get("threadId")
        if thread is not None and thread not in self._box.threads:
            raise not_found()
        mail = BytesHeaderParser(policy=default).parsebytes(raw)
        to, cc, bcc = (tuple(map(str, mail.get_all(name, []))) for name in ("To", "Cc", "Bcc"))
        if not (to or cc or bcc):
            raise bad_request("Recipient address required", reason="invalidArgument")
        known = {"from", "to", "cc", "bcc", "subject", "date", "mime-version", "received"}
        mine = any(address in self._own for _, address in getaddresses([*to, *cc, *bcc]))
        sender = str(mail.get("From", ""))
        if parseaddr(sender)[1] not in self._own:
            sender = f"{self._world.owner.name} <{self._world.owner.private}>"
        message = self._world.deliver(
            sender=sender,
            to=to,
            cc=cc,
            bcc=bcc,
            labels=("SENT", "INBOX", "UNREAD") if mine else ("SENT",),
            thread=thread,
            subject=str(mail.get("Subject", "")),
            headers=[(n, str(v)) for n, v in mail.items() if n.lower() not in known],
        )
        self._world.sent.append(raw)
        return {
            "id": message.id,
            "threadId": message.thread_id,
            "labelIds": list(message.labels),
        }


def _change(change: MailboxChange) -> dict[str, object]:
    message = {"id": change.message_id, "threadId": change.thread_id}
    touch: dict[str, object] = {"message": {**message, "labelIds": list(change.labels)}}
    if change.touched:
        touch["labelIds"] = list(change.touched)
    return {"id": str(change.id), "messages": [message], change.kind: [touch]}
