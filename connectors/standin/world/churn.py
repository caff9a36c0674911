"""Changes while a mailbox is read: mail arrives, is answered, moved and deleted.

Meetings are made, moved and cancelled as well; see `churn_calendar`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parseaddr

from connectors.addresses import OwnAddresses
from connectors.standin.world.churn_calendar import DiaryChurn
from connectors.standin.world.mailbox import WorldMessage
from connectors.standin.world.world import World

_CATEGORIES = (
    "CATEGORY_PERSONAL",
    "CATEGORY_UPDATES",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "CATEGORY_FORUMS",
)
_RECENT = 300  # messages; half of what happens, happens to these


def churn(world: World, seed: int = 1, every: int = 10) -> Churn:
    """From now on, let something happen in the world with every n-th call of the server.

    0 leaves it to the fault `FaultKind.CHURN` alone. List pages then shift under their reader. The
    churn's `happened` counts what it did; `world.churning = None` ends it.
    """
    changes = Churn(world, seed, every)
    world.churning = changes
    return changes


class Churn:
    """Changes a world's mailbox or diary a little with every n-th call; `happened` counts it all.

    The same seed and the same calls make the same changes. Half of them touch recent mail.
    """

    def __init__(self, world: World, seed: int, every: int) -> None:
        self._world = world
        self._box = world.mailbox
        self._own = OwnAddresses(world.owner.addresses)
        self._rng = random.Random(seed)  # noqa: S311 - a story, nothing secret
        self._every = every
        self._calls = 0
        self.happened: Counter[str] = Counter()
        diary = DiaryChurn(world, self._rng)
        self._deeds: dict[str, tuple[int, Callable[[], bool]]] = {  # how often, and what
            "new thread": (6, self._new_thread),
            "newsletter": (4, self._newsletter),
            "answer by them": (4, self._answer_by_them),
            "answer by the owner": (4, self._answer_by_owner),
            "deleted": (3, self._deleted),
            "trashed": (3, self._trashed),
            "taken out of the trash": (2, self._untrashed),
            "spam": (1, self._spam),
            "no spam": (1, self._no_spam),
            "category": (2, self._category),
            "archived": (2, self._archived),
            "read": (2, self._read),
            "draft": (2, self._draft),
            "draft sent": (2, self._draft_sent),
            "meeting made": (1, diary.made),
            "meeting moved": (1, diary.moved),
            "meeting answered": (1, diary.answered),
            "meeting cancelled": (1, diary.cancelled),
        }

    def tick(self) -> None:
        """A call comes in; `every` 0 lets nothing happen by itself."""
        self._calls += 1
        if self._every and self._calls % self._every == 0:
            self.step()

    def step(self) -> None:
        """Let one thing happen."""
        names, weights = list(self._deeds), [often for often, _ in self._deeds.values()]
        with self._world.lock:
            name = self._rng.choices(names, weights)[0]
            if not self._deeds[name][1]():
                name = "new thread"  # what cannot happen to an empty mailbox
                self._new_thread()
        self.happened[name] += 1

    # What comes and goes out.

    def _new_thread(self) -> bool:
        known = self._anyone()
        if known is None or self._rng.random() < 0.3:  # noqa: PLR2004 - a share
            number = self._rng.randrange(10**6)
            known = f"Somebody New <new{number}@example.net>"
        self._world.deliver(sender=known, to=[self._world.owner.private], at=self._soon())
        return True

    def _newsletter(self) -> bool:
        number = self._rng.randrange(9)
        self._world.deliver(
            sender=f"Letter {number} <letter@list{number}.example>",
            to=[self._world.owner.news],
            at=self._soon(),
            labels=("INBOX", "UNREAD", "CATEGORY_PROMOTIONS"),
            headers=[("List-Unsubscribe", f"<https://list{number}.example/leave>")],
        )
        return True

    def _answer_by_them(self) -> bool:
        found = self._any(lambda m: "SENT" in m.labels and bool(m.to))
        if found is None:
            return False
        self._world.deliver(
            sender=found.to[0], to=[found.sender], at=self._soon(), thread=found.thread_id
        )
        return True

    def _answer_by_owner(self) -> bool:
        found = self._any(lambda m: self._is_mail_of_others(m) and "SPAM" not in m.labels)
        if found is None:
            return False
        self._world.deliver(
            sender=self._me, to=[found.sender], at=self._soon(), thread=found.thread_id
        )
        return True

    def _draft(self) -> bool:
        known = self._anyone()
        if known is None:
            return False
        self._world.deliver(sender=self._me, to=[known], at=self._soon(), labels=("DRAFT",))
        return True

    def _draft_sent(self) -> bool:
        """Gmail puts another message in the place of the draft."""
        draft = self._box.newest("DRAFT")
        if draft is None:
            return False
        self._world.delete(draft.id)
        kept = draft.thread_id if draft.thread_id in self._box.threads else None
        self._world.deliver(sender=draft.sender, to=draft.to, at=self._soon(), thread=kept)
        return True

    # What is filed.

    def _deleted(self) -> bool:
        found = self._any(lambda _: True)
        if found is not None:
            self._world.delete(found.id)
        return found is not None

    def _trashed(self) -> bool:
        return self._file(lambda m: "TRASH" not in m.labels, add=("TRASH",), remove=("INBOX",))

    def _untrashed(self) -> bool:
        found = self._box.newest("TRASH")
        if found is not None:
            self._world.relabel(found.id, remove=("TRASH",))
        return found is not None

    def _spam(self) -> bool:
        return self._file(self._is_mail_of_others, add=("SPAM",), remove=("INBOX",))

    def _no_spam(self) -> bool:
        found = self._box.newest("SPAM")
        if found is not None:
            self._world.relabel(found.id, add=("INBOX",), remove=("SPAM",))
        return found is not None

    def _category(self) -> bool:
        new = self._rng.choice(_CATEGORIES)
        others = [name for name in _CATEGORIES if name != new]
        return self._file(self._is_mail_of_others, add=(new,), remove=others)

    def _archived(self) -> bool:
        return self._file(lambda m: "INBOX" in m.labels, remove=("INBOX",))

    def _read(self) -> bool:
        return self._file(lambda m: "UNREAD" in m.labels, remove=("UNREAD",))

    def _file(
        self,
        which: Callable[[WorldMessage], bool],
        add: tuple[str, ...] = (),
        remove: tuple[str, ...] | list[str] = (),
    ) -> bool:
        found = self._any(which)
        if found is not None:
            self._world.relabel(found.id, add=add, remove=remove)
        return found is not None

    # Choosing.

    @property
    def _me(self) -> str:
        return f"{self._world.owner.name} <{self._world.owner.private}>"

    def _soon(self) -> datetime:
        """A few seconds after the newest message, so that no crawl outruns its own clock."""
        newest = self._box.newest_ms() or int(self._world.end.timestamp() * 1000)
        return datetime.fromtimestamp((newest + self._rng.randrange(1, 20_000)) / 1000, UTC)

    def _is_mail_of_others(self, message: WorldMessage) -> bool:
        return not {"SENT", "DRAFT"}.intersection(message.labels) and bool(message.sender)

    def _any(self, which: Callable[[WorldMessage], bool]) -> WorldMessage | None:
        """Some message of that kind; None where a few tries find none."""
        recent = _RECENT if self._rng.random() < 0.5 else None  # noqa: PLR2004 - one half each
        for _ in range(50):
            found = self._box.pick(self._rng, recent)
            if found is None or which(found):
                return found
        return None

    def _anyone(self) -> str | None:
        """Somebody who has written, as their program writes them."""
        found = self._any(self._is_mail_of_others)
        if found is None or not self._is_mail_of_others(found):
            return None
        return None if parseaddr(found.sender)[1] in self._own else found.sender
