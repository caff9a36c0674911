"""What is said of a source that cannot be read.

Sources explain themselves in English, to the point. Whoever reads another language is told what to
do in theirs, and where the rest stands.
"""

from __future__ import annotations

from report.text.language import code
from report.text.language import gettext as _


def trouble(source: str, said: str, *, access: bool) -> str:
    """Why a source cannot be read, and what to do; `access`: it waits to be given any.

    Empty where nothing was `said`.
    """
    if not said or code().startswith("en"):
        return said
    text = _("it goes wrong to read it; `beforehand doctor` says why")
    if access:
        text = _("it waits for access: `beforehand auth {source}`; `beforehand doctor` says why")
    return text.format(source=source)
