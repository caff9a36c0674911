"""Variables of the environment that hold secrets, and how to keep them from other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

KEY_VARIABLE = "BEFOREHAND_SECRETS_KEY"
PASSPHRASE_VARIABLE = "BEFOREHAND_SECRETS_PASSPHRASE"  # noqa: S105 - a name
PRIVATE_VARIABLES = (KEY_VARIABLE, PASSPHRASE_VARIABLE)


def public_environment() -> dict[str, str]:
    """Return the environment for a program that we start: ours, without the secrets."""
    return {name: text for name, text in os.environ.items() if name not in PRIVATE_VARIABLES}


@contextmanager
def without_secrets() -> Iterator[None]:
    """Take the secrets out of the environment, for a library that starts a program by itself.

    Secrets that were opened before have read theirs already.
    """
    before = {name: os.environ.pop(name, None) for name in PRIVATE_VARIABLES}
    try:
        yield
    finally:
        os.environ.update({name: text for name, text in before.items() if text is not None})
