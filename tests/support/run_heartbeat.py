"""Runs one heartbeat of the daemon at a given time, as a process that may be killed.

python -m tests.support.run_heartbeat CONFIG TIME
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from threading import Event

from beforehand import config
from beforehand.app import open_app
from beforehand.daemon import jobs
from tests.support.owner import EventLog

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[2])
    with open_app(config.load(Path(sys.argv[1])), EventLog(), now=lambda: moment) as app:
        jobs.run_due(app, Event())
