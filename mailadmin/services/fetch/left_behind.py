"""Mail that an account has left on a server and meets again in another mailbox, perhaps with other octets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mailadmin.domain.messages import LeftMail
from mailadmin.postmaster import origin_of
from mailadmin.storage import Storage

AT_ONCE: Final = 200
"""Messages whose origins are looked at in one go."""


class LeftBehind:
    """Tells mail of an account's former mailboxes again by where it comes from: Message-ID and date.

    The ledger belongs to the mailbox, so that an account changed to another protocol or host finds nothing known, and
    there its old mail may lie with other octets: Exchange, for one, makes MIME anew for each protocol. The old rows
    stay what they are, in case the account is changed back. How often a mail was left, and how often it was met since,
    says whether one more is still the old one: several mails may well have one origin.

    An account that was never changed is asked about once, and that is all.
    """

    def __init__(self, storage: Storage, account_id: int, mailbox_id: int) -> None:
        self._former = storage.former
        self._account_id = account_id
        self._mailbox_id = mailbox_id
        self._mailboxes = self._former.mailboxes(account_id, mailbox_id)
        self._aside: list[LeftMail] = []

    def look(self, must_halt: Callable[[], bool], *, keep: bool = True) -> bool:
        """Find out where mail left behind comes from, as far as nobody has yet; whether that came to its end.

        :param keep: write it down; else it is known here alone
        """
        for mailbox_id, last in self._mailboxes.items():
            ids = self._former.unlooked(self._account_id, mailbox_id, last)
            for start in range(0, len(ids), AT_ONCE):
                if must_halt():
                    return False
                batch = ids[start : start + AT_ONCE]
                origins: dict[int, bytes | None] = dict.fromkeys(batch)
                for inbox_id, first, header in self._former.headers(batch):
                    origins[inbox_id] = origin = origin_of(header)
                    if origin is not None and not keep:
                        self._aside.append(LeftMail(origin, first, mailbox_id))
                if keep:
                    self._former.set_origins(self._account_id, mailbox_id, origins)
        return True

    def firsts(self, arrived: Sequence[tuple[bytes, bytes]], known: Mapping[bytes, int]) -> dict[bytes, int]:
        """Which arrivals are mail left behind, by digest: the id of the first of each.

        :param arrived: digest and octets of what is new in the present mailbox
        :param known: the first message with each digest, where there is one; those are met again, too
        """
        if not self._mailboxes or not arrived:
            return {}
        origins = {print_: origin_of(raw) for print_, raw in arrived}
        left = self._left({origin for origin in origins.values() if origin is not None})
        if not left:
            return {}
        missing = self._missing(left)
        found: dict[bytes, int] = {}
        missing.subtract(known[print_] for print_, _ in arrived if print_ in known)
        for print_, _ in arrived:
            if print_ not in known and print_ not in found:
                fitting = (one.first for one in left if one.origin == origins[print_] and missing[one.first] > 0)
                if (first := next(fitting, None)) is not None:
                    found[print_] = first
                    # Those with the same octets are met with it.
                    missing[first] -= sum(other == print_ for other, _ in arrived)
        return found

    def _left(self, origins: set[bytes]) -> list[LeftMail]:
        stored = self._former.left(self._account_id, self._mailboxes, sorted(origins)) if origins else []
        return sorted(stored + [one for one in self._aside if one.origin in origins], key=lambda one: one.first)

    def _missing(self, left: Sequence[LeftMail]) -> Counter[int]:
        """How often each first was left, in the mailbox that has most of it, and not been met in the present one."""
        there = Counter((one.first, one.mailbox_id) for one in left)
        most: Counter[int] = Counter()
        for (first, _), times in there.items():
            most[first] = max(most[first], times)
        most.subtract(self._former.met(self._mailbox_id, list(most)))
        return most
