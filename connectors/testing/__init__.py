"""What a connector is tested with: the contract as one class, a fixture, a store in memory.

Needs pytest, and nothing else that the product does not.
"""

import pytest

# Before the import below, so that a promise that is broken shows the values it was broken by.
pytest.register_assert_rewrite("connectors.testing.contract", "connectors.testing.fixture")

from connectors.testing.contract import ConnectorContract  # noqa: E402 - as said above
from connectors.testing.fixture import ConnectorFixture  # noqa: E402
from connectors.testing.memory_store import (  # noqa: E402
    MemoryStore,
    MemoryTokens,
    RecordingLog,
)

__all__ = [
    "ConnectorContract",
    "ConnectorFixture",
    "MemoryStore",
    "MemoryTokens",
    "RecordingLog",
]
