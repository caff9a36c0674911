"""The consent page as people meet it: a warning to pass, a box for each scope, Allow and Cancel."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode

from connectors.standin.server.batch import Reply
from connectors.standin.server.oauth import Authority, Request

_SCOPE = "https://www.googleapis.com/auth/"
_SAID = {
    f"{_SCOPE}gmail.metadata": "See who wrote to whom and when, without subjects and bodies",
    f"{_SCOPE}gmail.send": "Send mail in your name",
    f"{_SCOPE}calendar.events.readonly": "See the events of your calendars",
    f"{_SCOPE}calendar.calendarlist.readonly": "See which calendars you have",
}
_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }}
label {{ display: block; margin: .5rem 0 }}
button {{ font: inherit; padding: .4rem 1.2rem; margin-right: .6rem }}
</style></head><body><h1>{title}</h1>{body}
<p><small>This is the stand-in for Google, on this machine only.</small></p></body></html>
"""
_WARNING = """
<p>Nobody has verified this application. Go on only if you know who runs it.</p>
<form><button id="back" name="step" value="back">Back to safety</button>{kept}</form>
<details><summary id="more">More</summary>
<form><button id="go-on" name="step" value="boxes">Go on all the same</button>{kept}</form>
</details>"""
_BOXES = """
<p>Tick what it may do:</p>
<form method="post" action="{action}">{boxes}
<button id="cancel" name="answer" value="cancel">Cancel</button>
<button id="allow" name="answer" value="allow">Allow</button></form>"""


def answer(authority: Authority, verb: str, query: str, form: str) -> Reply:
    """What the browser is shown next, or where it is sent; raises OAuthError."""
    request = authority.request(query)
    said = parse_qs(form if verb == "POST" else query)
    if verb == "POST":
        if said.get("answer") == ["allow"]:
            return _sent(authority.agree(request, said.get("scope", [])))
        return _sent(authority.decline(request))
    if not authority.asks:
        return _sent(authority.agree(request, request.scopes))
    match said.get("step"):
        case ["boxes"]:
            return _shown("Beforehand wants access", _boxes(query, request))
        case ["back"]:
            return _sent(authority.decline(request))
        case _:
            return _shown("This application is not verified", _warning(query))


def _warning(query: str) -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(values[-1])}">'
        for name, values in parse_qs(query).items()
    )
    return _WARNING.format(kept=kept)


def _boxes(query: str, request: Request) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="scope" value="{escape(one)}">'
        f" {escape(_SAID.get(one, one))}</label>"
        for one in request.scopes
    )
    asked = {name: values[-1] for name, values in parse_qs(query).items() if name != "step"}
    return _BOXES.format(action=escape(f"/auth?{urlencode(asked)}"), boxes=boxes)


def _shown(title: str, body: str) -> Reply:
    page = _FRAME.format(title=title, body=body).encode()
    return Reply(HTTPStatus.OK, "OK", {}, page, "text/html; charset=utf-8")


def _sent(target: str) -> Reply:
    return Reply(HTTPStatus.FOUND, "Found", {"Location": target}, b"")
