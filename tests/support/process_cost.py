"""What a process costs: processor time, time and memory, by os.wait4."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """Processor and wall time in seconds, and memory at its most in MB."""

    processor: float
    wall: float
    megabytes: float


def run_process(command: Sequence[str], environment: Mapping[str, str]) -> ProcessCost:
    """Run a command to its end; raises SystemExit with its output if it fails."""
    begun = perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} failed: {output.read()}")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss: bytes there, kilobytes elsewhere
    return ProcessCost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit)


def least(costs: Sequence[ProcessCost]) -> ProcessCost:
    """Return the run that was least disturbed by others."""
    return min(costs, key=lambda cost: cost.processor)
