"""Series of events: a master and its instances, and how one is cut in two."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.standin.world.calendars import Diary, Event, EventPlan, event


def series(plan: EventPlan, *, every: int, count: int) -> tuple[Event, list[Event]]:
    """The master that a plan makes, and its `count` instances, `every` so many days.

    They begin at the same time of the clock on the wall, summer and winter.
    """
    master = event(replace(plan, fields=deepcopy(plan.fields)))
    master.resource["recurrence"] = [f"RRULE:FREQ=DAILY;INTERVAL={every};COUNT={count}"]
    zone, length = ZoneInfo(plan.timezone), plan.end - plan.start
    instances = []
    for number in range(count):
        local = plan.start.astimezone(zone) + timedelta(days=every * number)
        start = local.astimezone(UTC)
        one = replace(
            plan,
            id=f"{plan.id}_{start:%Y%m%dT%H%M%SZ}",
            series=plan.id,
            start=start,
            end=start + length,
            fields=deepcopy(plan.fields),
        )
        instances.append(event(one))
    return master, instances


def cut(diary: Diary, series_id: str, calendar: str, at: datetime, *, now: datetime) -> list[Event]:
    """Let a series end before `at` and go on from there as another one, with another id.

    That is what "this and following events" does. KeyError where there is no such series.
    """
    master = diary.get(series_id, calendar)
    later = [e for e in diary.events(calendar) if e.series == series_id and e.start >= at]
    first = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    until = f"RRULE:FREQ=DAILY;UNTIL={first}"
    master.resource["recurrence"] = [until]
    diary.touch(master, now)
    following = f"{series_id}_R{first.rstrip('Z')}"
    head = deepcopy(master.resource)
    head |= {"id": following, "iCalUID": f"{following}@calendar.example.org"}
    head["recurrence"] = [f"RRULE:FREQ=DAILY;COUNT={len(later)}"]
    made = []
    for each in later:
        resource = deepcopy(each.resource)
        resource |= {
            "id": f"{following}_{each.start:%Y%m%dT%H%M%SZ}",
            "recurringEventId": following,
            "iCalUID": head["iCalUID"],
        }
        made.append(Event(resource["id"], each.calendar, each.start, each.end, resource, following))
        diary.cancel(each, now=now)
    for key in ("start", "end") if later else ():
        head[key] = deepcopy(later[0].resource.get(key, head[key]))
    begin, end = (later[0].start, later[0].end) if later else (master.start, master.end)
    diary.add_series(Event(following, master.calendar, begin, end, head), made)
    for each in made:
        each.touched = now
    return made
