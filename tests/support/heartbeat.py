"""One heartbeat of the daemon at a given time, in a process of its own that may be killed.

python -m tests.support.heartbeat CONFIG TIME
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from threading import Event

from beforehand import config
from beforehand.app import open_app
from beforehand.daemon import jobs
from tests.support.owner import Heard

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[2])
    with open_app(config.load(Path(sys.argv[1])), Heard(), now=lambda: moment) as app:
        jobs.run_due(app, Event())
