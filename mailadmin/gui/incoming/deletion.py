"""The question before accounts are deleted: what goes, what stays, and a gentler way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.gui.sentences.wording import harmless, listing, translate
from mailadmin.gui.widgets.confirm import confirm_delete


def ask_to_delete(
    parent: QWidget,
    accounts: Sequence[IncomingAccount],
    on_delete: Callable[[], object],
    on_set_invalid: Callable[[], object],
) -> QMessageBox:
    """Ask whether accounts (at least one) are to be deleted, or set to invalid instead.

    :returns: the question, open already
    """
    count = len(accounts)
    label = (
        translate("Incoming", "&Delete account")
        if count == 1
        else translate("Incoming", "&Delete {count} accounts").format(count=count)
    )
    gentle = any(account.validity is not Validity.INVALID for account in accounts)
    return confirm_delete(
        parent,
        label.replace("&", ""),
        _question(accounts),
        "\n\n".join(_consequences(count, gentle=gentle)),
        label,
        on_delete,
        translate("Incoming", "Set to &invalid instead") if gentle else "",
        on_set_invalid,
    )


def _question(accounts: Sequence[IncomingAccount]) -> str:
    if len(accounts) > 1:
        names = listing([harmless(account.name) for account in accounts])
        return translate("Incoming", "Delete {count} accounts: {names}?").format(count=len(accounts), names=names)
    account = accounts[0]
    facts = {"name": harmless(account.name), "username": harmless(account.username), "host": harmless(account.host)}
    if not account.host:
        return translate("Incoming", 'Delete the account "{name}" ({username})?').format_map(facts)
    return translate("Incoming", 'Delete the account "{name}" ({username} on {host})?').format_map(facts)


def _consequences(count: int, *, gentle: bool) -> list[str]:
    one = count == 1
    said = [
        translate("Incoming", "What goes: its settings and its stored password. They cannot be brought back.")
        if one
        else translate(
            "Incoming", "What goes: their settings and their stored passwords. They cannot be brought back."
        ),
        translate(
            "Incoming",
            "What stays: the tickets, the inbox, the record of what was fetched, and all mail on the server. "
            "If the same mailbox is added again, nothing is imported twice.",
        ),
    ]
    if gentle:
        said.append(
            translate("Incoming", "To stop fetching it for now, set it to invalid instead: that can be undone.")
            if one
            else translate(
                "Incoming", "To stop fetching them for now, set them to invalid instead: that can be undone."
            )
        )
    return said
