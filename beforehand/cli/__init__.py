"""The command line. Importing this is cheap: each command imports what it needs when it runs."""

from beforehand.cli.root import main

__all__ = ["main"]
