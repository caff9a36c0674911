"""Errors of the application: their exit codes, and the lines that say what to do next."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from beforehand.daemon.service.base import ServiceError
from beforehand.errors import BeforehandError, ExitCode, UsageError, advice, exit_code
from beforehand.mailing.delivery import OutcomeUnknown, Rejected, TryLater
from connectors.errors import AuthRequired, ConfigError, Fatal, Retriable
from sync.store.people import PeopleError
from sync.store.session import BusyError, StoreError

APPLICATION = Path(__file__).parents[2] / "beforehand"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("--on: say a day"), 2),
        (ConfigError("[owner] name: missing"), 2),
        (AuthRequired("run `beforehand auth mail`"), 3),
        (Fatal("there is no such mailbox"), 1),
        (Retriable("the server is busy", retry_after=7), 1),
        (StoreError("the store is from a newer version"), 1),
        (BusyError("another process reads it"), 1),
        (PeopleError("nobody is called so"), 1),
        (Rejected("no such recipient"), 1),
        (TryLater("the server is away"), 1),
        (OutcomeUnknown("the connection was lost"), 1),
        (ServiceError("systemctl failed"), 1),
    ],
)
def test_an_error_of_ours_has_one_exit_code_and_is_said_in_its_own_words(
    error: Exception, code: int
) -> None:
    assert exit_code(error) == code
    assert advice(error) == (str(error),)


def test_the_faults_of_a_configuration_are_said_a_line_each() -> None:
    assert advice(ConfigError("[owner] name: missing", "[report] day: not known")) == (
        "[owner] name: missing",
        "[report] day: not known",
    )


def test_an_error_of_the_store_or_of_a_file_says_what_it_was_without_a_traceback() -> None:
    lost = OperationalError("select name from person", {}, Exception("connection lost"))
    [said] = advice(lost)
    assert said.startswith("the store failed (Exception: connection lost): try again")
    assert "select" not in said
    assert advice(FileNotFoundError(2, "No such file", "a.csv")) == ("a.csv: No such file",)
    assert exit_code(lost) == ExitCode.FAILED


def test_what_nobody_expected_is_said_so() -> None:
    assert advice(ZeroDivisionError("division by zero")) == (
        "unexpected ZeroDivisionError: division by zero. Run it again with --debug, and report it",
    )


def test_a_usage_error_is_no_fault_of_the_configuration() -> None:
    assert not issubclass(UsageError, ConfigError)
    assert issubclass(UsageError, BeforehandError)


def test_no_option_of_a_command_is_called_a_fault_of_the_configuration() -> None:
    blamed = [
        f"{path.relative_to(APPLICATION)}:{node.lineno}"
        for path in APPLICATION.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "ConfigError"
        and re.search(r"['\"]--", ast.unparse(node))
    ]
    assert not blamed


def test_every_error_of_the_application_has_the_one_base() -> None:
    # `HardStop` breaks off whatever runs, and `_BadValueError` never leaves its module.
    apart = {"HardStop", "_BadValueError", "BeforehandError"}
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for path in APPLICATION.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    raised = {name for name, of in bases.items() if of & {"Exception", "BaseException"}}
    assert raised <= apart
