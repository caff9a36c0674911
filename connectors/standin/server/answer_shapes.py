"""The names in Google's answers, which a `fields` mask may select; tests hold them to Google's own.

`None` stands for a value that has no names inside, or whose inside nobody selects from.
"""

from __future__ import annotations

from connectors.standin.server.field_mask import Shape

# Gmail.

PART: Shape = {
    "partId": None,
    "mimeType": None,
    "filename": None,
    "headers": {"name": None, "value": None},
    "body": {"size": None, "data": None, "attachmentId": None},
    "parts": {},
}
MESSAGE: Shape = {
    "id": None,
    "threadId": None,
    "labelIds": None,
    "snippet": None,
    "historyId": None,
    "internalDate": None,
    "payload": PART,
    "sizeEstimate": None,
    "raw": None,
}
THREAD: Shape = {"id": None, "snippet": None, "historyId": None, "messages": MESSAGE}
LABEL: Shape = dict.fromkeys(("id", "name", "type", "messageListVisibility", "labelListVisibility"))
_ADDED: Shape = {"message": MESSAGE}
_TOUCH: Shape = {"message": MESSAGE, "labelIds": None}
HISTORY: Shape = {
    "id": None,
    "messages": MESSAGE,
    "messagesAdded": _ADDED,
    "messagesDeleted": _ADDED,
    "labelsAdded": _TOUCH,
    "labelsRemoved": _TOUCH,
}

MAIL_PAGE: Shape = {"nextPageToken": None, "resultSizeEstimate": None}

# Calendar.

_WHEN: Shape = dict.fromkeys(("date", "dateTime", "timeZone"))
_WHO: Shape = dict.fromkeys(("id", "email", "displayName", "self"))
EVENT: Shape = {
    **dict.fromkeys(
        (
            "anyoneCanAddSelf",
            "attendeesOmitted",
            "colorId",
            "created",
            "description",
            "endTimeUnspecified",
            "etag",
            "eventType",
            "guestsCanInviteOthers",
            "guestsCanModify",
            "guestsCanSeeOtherGuests",
            "hangoutLink",
            "htmlLink",
            "iCalUID",
            "id",
            "kind",
            "location",
            "locked",
            "privateCopy",
            "recurrence",
            "recurringEventId",
            "sequence",
            "status",
            "summary",
            "transparency",
            "updated",
            "visibility",
        )
    ),
    "attendees": dict.fromkeys(
        (
            "additionalGuests",
            "comment",
            "displayName",
            "email",
            "id",
            "optional",
            "organizer",
            "resource",
            "responseStatus",
            "self",
        )
    ),
    "birthdayProperties": dict.fromkeys(("contact", "customTypeName", "type")),
    "conferenceData": None,
    "creator": _WHO,
    "organizer": _WHO,
    "start": _WHEN,
    "end": _WHEN,
    "originalStartTime": _WHEN,
    "extendedProperties": None,
    "focusTimeProperties": dict.fromkeys(("autoDeclineMode", "chatStatus", "declineMessage")),
    "outOfOfficeProperties": dict.fromkeys(("autoDeclineMode", "declineMessage")),
    "workingLocationProperties": None,
    "reminders": {"useDefault": None, "overrides": {"method": None, "minutes": None}},
    "source": {"title": None, "url": None},
}
ENTRY: Shape = {
    **dict.fromkeys(
        (
            "accessRole",
            "backgroundColor",
            "colorId",
            "deleted",
            "description",
            "etag",
            "foregroundColor",
            "hidden",
            "id",
            "kind",
            "location",
            "primary",
            "selected",
            "summary",
            "summaryOverride",
            "timeZone",
        )
    ),
    "defaultReminders": {"method": None, "minutes": None},
}
CALENDAR_PAGE: Shape = dict.fromkeys(("etag", "kind", "nextPageToken", "nextSyncToken"))
EVENT_LIST: Shape = {
    **CALENDAR_PAGE,
    **dict.fromkeys(("accessRole", "description", "summary", "timeZone", "updated")),
    "defaultReminders": {"method": None, "minutes": None},
    "items": EVENT,
}
