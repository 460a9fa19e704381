"""What Microsoft Graph can be asked about a mailbox, and what it answers; used by :mod:`tests.servers.graph`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from .graph_mailboxes import DELETIONS, DENIED, NOT_FOUND, Mailbox, MailFolder, Message, Wrong

_SIZES: Final = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '(Long|Integer) 0x0E08'\)", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"receivedDateTime ge (\S+Z) and receivedDateTime lt (\S+Z)")
_MESSAGE: Final = frozenset({"id", "receivedDateTime", "parentFolderId", "internetMessageHeaders", "subject"})
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_FOLDER: Final = frozenset({"id", "displayName", "parentFolderId", "childFolderCount", "totalItemCount", "isHidden"})


@dataclass
class Request:
    """What was asked for at ``address``: the path below the mailbox, its segments decoded."""

    method: str
    segments: list[str]
    query: dict[str, str]
    body: dict[str, Any] | None
    immutable: bool
    address: str
    largest_page: int


def answer(mailbox: Mailbox, request: Request) -> tuple[int, object]:
    """Status and body: octets, something for JSON, or None."""
    match request.method, request.segments:
        case "GET", ["mailFolders"]:
            return 200, _folders(mailbox, "", request)
        case "GET", ["mailFolders", folder_id]:
            return 200, _select(_folder_json(mailbox, _folder(mailbox, folder_id)), request, _FOLDER)
        case "GET", ["mailFolders", folder_id, "childFolders"]:
            return 200, _folders(mailbox, _folder(mailbox, folder_id).id, request)
        case "GET", ["mailFolders", folder_id, "messages"]:
            return 200, _messages(mailbox, _folder(mailbox, folder_id), request)
        case "GET", ["messages", message_id]:
            message = _message(mailbox, message_id)
            return 200, _select(_message_json(message, request), request, _MESSAGE)
        case "GET", ["messages", message_id, "$value"]:
            _only(request)
            return 200, _message(mailbox, message_id).raw
        case "POST", ["mailFolders"]:
            return 201, _make(mailbox, "", request)
        case "POST", ["mailFolders", folder_id, "childFolders"]:
            return 201, _make(mailbox, _folder(mailbox, folder_id).id, request)
        case "GET", ["mailFolders", _, "messages", _, "$value"]:
            raise Wrong(405, "ErrorInvalidRequest", "The OData request is not supported.")
        case "POST", ["messages", message_id, "move"]:
            return 201, _move(mailbox, _message(mailbox, message_id), request)
        case "POST", ["mailFolders", folder_id, "messages", message_id, "move"]:
            return 201, _move(mailbox, _message_in(mailbox, folder_id, message_id), request)
        case "POST", ["messages", message_id, "permanentDelete"]:
            _writing(mailbox, request)
            mailbox.messages.remove(_message(mailbox, message_id))
            return 204, None
        case "DELETE", ["messages", message_id]:
            _delete(mailbox, _message(mailbox, message_id), request)
            return 204, None
        case "DELETE", ["mailFolders", folder_id, "messages", message_id]:
            _delete(mailbox, _message_in(mailbox, folder_id, message_id), request)
            return 204, None
    known = {"mailFolders", "childFolders", "messages", "move", "permanentDelete", "$value"}
    if request.segments[::2] and set(request.segments[::2]) <= known:
        raise Wrong(400, "BadRequest", f"{request.method} is not supported here.")
    raise Wrong(404, "ResourceNotFound", "Resource not found for the segment.")


def _folders(mailbox: Mailbox, parent: str, request: Request) -> object:
    hidden = request.query.pop("includeHiddenFolders", "false")
    if hidden not in {"true", "false"}:
        raise Wrong(400, "BadRequest", "includeHiddenFolders is true or false.")
    found = [f for f in mailbox.folders.values() if f.parent == parent and (hidden == "true" or not f.hidden)]
    kept = {"includeHiddenFolders": hidden}
    return _page([_folder_json(mailbox, f) for f in found], request, _FOLDER, kept)


def _messages(mailbox: Mailbox, folder: MailFolder, request: Request) -> object:
    order = request.query.pop("$orderby", "receivedDateTime desc")
    if order not in {"receivedDateTime asc", "receivedDateTime desc"}:
        raise Wrong(400, "ErrorInvalidRestriction", f"{order}: the sort order is too complex.")
    between = request.query.pop("$filter", "")
    span = _BETWEEN.fullmatch(between)
    if between and span is None:
        raise Wrong(400, "BadRequest", f"Invalid filter clause: {between}")
    first, end = (datetime.fromisoformat(moment) for moment in span.groups()) if span else (_EVER, _NEVER)
    inside = (m for m in mailbox.messages if m.folder == folder.id and first <= m.received < end)
    found = sorted(inside, key=lambda message: message.received)
    if order.endswith("desc"):
        found.reverse()
    expand = request.query.get("$expand", "")
    shown = [_message_json(message, request) for message in found]
    kept = {"$orderby": order, "$expand": expand, "$filter": between}
    return _page(shown, request, _MESSAGE, {name: value for name, value in kept.items() if value})


def _page(items: list[dict[str, Any]], request: Request, known: frozenset[str], kept: dict[str, str]) -> object:
    top, skip = request.query.pop("$top", "10"), request.query.pop("$skip", "0")
    if not (top.isdigit() and 1 <= int(top) <= 1000 and skip.isdigit()):
        raise Wrong(400, "ErrorInvalidRequest", "$top is from 1 to 1000.")
    start, size = int(skip), min(int(top), request.largest_page)
    selected = request.query.get("$select", "")
    page: dict[str, Any] = {"value": [_select(item, request, known) for item in items[start : start + size]]}
    if start + size < len(items):
        query = {**kept, **({"$select": selected} if selected else {}), "$top": top, "$skip": str(start + size)}
        options = "&".join(f"{name}={quote(value, safe='$')}" for name, value in query.items())
        page["@odata.nextLink"] = f"{request.address}?{options}"
    elif not items:
        _select({}, request, known)
    return page


def _only(request: Request, *options: str) -> None:
    unknown = set(request.query) - set(options)
    if unknown:
        raise Wrong(400, "BadRequest", f"Query option {sorted(unknown)} is not allowed.")


def _select(item: dict[str, Any], request: Request, known: frozenset[str]) -> dict[str, Any]:
    """The properties asked for, and those that come along always."""
    _only(request, "$select", "$expand")
    wanted = frozenset(filter(None, request.query.get("$select", "").split(","))) or known - {"internetMessageHeaders"}
    if wanted - known:
        raise Wrong(400, "RequestBroker--ParseUri", f"Could not find a property named '{sorted(wanted - known)[0]}'.")
    return {key: value for key, value in item.items() if key in wanted | {"id", "singleValueExtendedProperties"}}


def _writing(mailbox: Mailbox, request: Request) -> None:
    _only(request)
    if mailbox.read_only:
        raise Wrong(*DENIED)


def _folder(mailbox: Mailbox, name: str) -> MailFolder:
    for folder in mailbox.folders.values():
        if name == folder.id or (folder.well_known and name.lower() == folder.well_known):
            return folder
    raise Wrong(404, "ErrorItemNotFound" if name.startswith("AAMk") else "ErrorFolderNotFound", NOT_FOUND[2])


def _folder_json(mailbox: Mailbox, folder: MailFolder) -> dict[str, Any]:
    return {
        "id": folder.id,
        "displayName": folder.name,
        "parentFolderId": folder.parent,
        "childFolderCount": sum(child.parent == folder.id for child in mailbox.folders.values()),
        "totalItemCount": sum(message.folder == folder.id for message in mailbox.messages),
        "isHidden": folder.hidden,
    }


def _message(mailbox: Mailbox, message_id: str) -> Message:
    """By an id of either form; one that changes is only good until the message is moved."""
    for message in mailbox.messages:
        if message_id in {message.id(immutable=True), message.id(immutable=False)}:
            return message
    raise Wrong(*NOT_FOUND)


def _message_in(mailbox: Mailbox, folder_id: str, message_id: str) -> Message:
    """A message by the address of its folder; whether a folder is heeded that it is not in is nowhere written."""
    folder, message = _folder(mailbox, folder_id), _message(mailbox, message_id)
    if mailbox.heeds_folders and message.folder != folder.id:
        raise Wrong(*NOT_FOUND)
    return message


def _message_json(message: Message, request: Request) -> dict[str, Any]:
    head = message.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n ", " ").split("\r\n")
    shown: dict[str, Any] = {
        "id": message.id(immutable=request.immutable),
        "receivedDateTime": f"{message.received:%Y-%m-%dT%H:%M:%SZ}",
        "parentFolderId": message.folder,
        "subject": "",
        "internetMessageHeaders": [
            {"name": name, "value": value.strip()} for name, _, value in (line.partition(":") for line in head)
        ],
    }
    expand = request.query.get("$expand", "")
    if expand:
        wanted = _SIZES.fullmatch(expand)
        if wanted is None:
            raise Wrong(400, "RequestBroker--ParseUri", f"{expand}: parsing OData Select and Expand failed.")
        size = len(message.raw) if message.size is None else message.size
        if size:  # the name comes back in small letters and without its zero
            found = {"id": f"{wanted[1].capitalize()} 0xe08", "value": str(size)}
            shown["singleValueExtendedProperties"] = [found]
    return shown


def _make(mailbox: Mailbox, parent: str, request: Request) -> object:
    _writing(mailbox, request)
    if request.body is None or set(request.body) != {"displayName"} or not request.body["displayName"]:
        raise Wrong(400, "ErrorInvalidRequest", "A folder has a displayName.")
    name = request.body["displayName"]
    if any(f.parent == parent and f.name.casefold() == name.casefold() for f in mailbox.folders.values()):
        raise Wrong(409, "ErrorFolderExists", "A folder with the specified name already exists.")
    return _folder_json(mailbox, mailbox.make(name, parent=parent))


def _move(mailbox: Mailbox, message: Message, request: Request) -> object:
    _writing(mailbox, request)
    if request.body is None or set(request.body) != {"destinationId"}:
        raise Wrong(400, "ErrorInvalidRequest", "A move has a destinationId.")
    message.folder = _folder(mailbox, request.body["destinationId"]).id
    message.moves += 1
    return _message_json(message, request)


def _delete(mailbox: Mailbox, message: Message, request: Request) -> None:
    """Into Recoverable Items, where it stays."""
    _writing(mailbox, request)
    if request.body is not None:
        raise Wrong(400, "BadRequest", "DELETE has no body.")
    deletions = _folder(mailbox, DELETIONS)
    if message.folder == deletions.id:
        raise Wrong(400, "ErrorCannotDeleteObject", "Object cannot be deleted.")
    message.folder = deletions.id
    message.moves += 1
