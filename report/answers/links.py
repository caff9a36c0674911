"""The answers that a report offers: links to a mail to oneself, each with its own signed token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from report.answers.token import EXPIRES, About, Signer, Verb, mailto


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one period's report, made on the day `made`; answers go to the address `to`."""

    signer: Signer
    to: str
    period: str
    made: date

    def about(self, verb: Verb, person_id: int, kind: str, name: str) -> str:
        """The answer to one flag."""
        return self._link(verb, About(self.period, person_id, kind), name)

    def at_all(self, verb: Verb) -> str:
        """An answer to the report as a whole: a favour, the pause."""
        return self._link(verb, About(self.period), "")

    def _link(self, verb: Verb, about: About, name: str) -> str:
        token = self.signer.token(verb, about, expires=self.made + EXPIRES[verb])
        return mailto(self.to, verb, token, name)
