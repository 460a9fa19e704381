"""Exchange Online by Microsoft Graph (v1.0): opening a mailbox layer by layer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import same_folder

from .graph_answers import Refusal
from .graph_folders import Folders, MailFolder, not_found_facts, open_inbox
from .graph_line import Line
from .graph_mailbox import GraphMailbox

_log = logging.getLogger(__name__)


def open_graph(
    access: ServerAccess, token: Secret, on_layer: Callable[[LayerReached], None], interrupt: Interrupt
) -> GraphMailbox:
    """Connect by https, show the access token and find the folder.

    :param access: ``host`` and ``port`` are those of Graph, ``username`` is the mailbox's address
    :raises UserFixableError: with the layer that failed; nothing stays open
    """
    line = Line(access, token, on_layer)
    interrupt.on_ask(line.cut)
    try:
        inbox = _signed_in(line, on_layer)
        line.at(Layer.FOLDER)
        folders = Folders(line, inbox)
        return GraphMailbox(line, _open_folder(folders, access.folder.strip() or "INBOX", on_layer), folders)
    except BaseException:
        line.cut()
        raise


def _signed_in(line: Line, on_layer: Callable[[LayerReached], None]) -> MailFolder:
    """The inbox, which every mailbox has: with it token, mailbox and the right to read are shown to be good."""
    access = line.access
    try:
        inbox = open_inbox(line)
    except Refusal as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise
        _tell_signed_in(access, on_layer)
        facts = {"username": access.username}
        failure = UserFixableError(Code.MAILBOX_NOT_FOUND, facts, server=refusal.server, layer=Layer.FOLDER)
        raise failure from None
    _tell_signed_in(access, on_layer)
    return inbox


def _tell_signed_in(access: ServerAccess, on_layer: Callable[[LayerReached], None]) -> None:
    _log.debug("%s takes the token for %s", access.host, access.username)
    on_layer(LayerReached(Layer.SIGN_IN, {"mechanism": "Bearer"}))


def _open_folder(folders: Folders, asked: str, on_layer: Callable[[LayerReached], None]) -> MailFolder:
    folder = folders.find(asked)
    if folder is None:
        raise UserFixableError(Code.FOLDER_NOT_FOUND, not_found_facts(asked, folders), layer=Layer.FOLDER)
    facts = {"folder": folder.path, "messages": str(folder.messages)}
    if not same_folder(folder.path, asked):
        facts["asked"] = asked
    on_layer(LayerReached(Layer.FOLDER, facts))
    return folder
