"""Plans of long readings, as they stand in a source's row."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from connectors.api import Plan


def to_text(plan: Plan) -> str:
    """A plan as it is stored."""
    said = asdict(plan)
    said["back_to"] = None if plan.back_to is None else plan.back_to.isoformat()
    return json.dumps(said, separators=(",", ":"))


def from_text(text: str | None) -> Plan | None:
    """The plan that was stored; None where there is none."""
    if not text:
        return None
    said = json.loads(text)
    if said["back_to"] is not None:
        said["back_to"] = datetime.fromisoformat(said["back_to"])
    return Plan(**said)
