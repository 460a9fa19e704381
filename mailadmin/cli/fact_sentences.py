"""Sentences that depend on which facts are known, for :mod:`.sentences`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime

from mailadmin.domain.outside_text import recommends_plain_text

from .problems import fault_sentence
from .wording import Facts, duration, listing, password_reference, quoted


def unknown_account(facts: Facts) -> str:
    """Names the accounts there are."""
    if there := facts.get("accounts"):
        return f"There is no account {quoted(facts['name'])}. There are: {there}."
    return f"There is no account {quoted(facts['name'])}. Add it with: mailadmin apply FILE"


def unknown_queue(facts: Facts) -> str:
    """Names the queues there are, where the one who found the fault knew them."""
    known = f" There are: {facts['queues']}." if facts.get("queues") else ""
    return (
        f'There is no queue "{facts["name"]}". Write its full name with its levels, such as Support::Printers.{known}'
    )


def account_not_valid(facts: Facts) -> str:
    """Says how to make it valid."""
    return (
        f"The account {quoted(facts['name'])} is set to {quoted(facts['validity'])}, so it is not fetched. "
        'Set its validity to "valid" to use it.'
    )


def bad_file(facts: Facts) -> str:
    """Which file, and what is wrong with it."""
    path = facts.get("path", "The file")
    what = path if path in {"The file", "standard input"} else f"The file {path}"
    quotes = "; text needs quotes" if facts["detail"].startswith("Invalid value") else ""  # tomllib's words
    return f"{what[0].upper()}{what[1:]} cannot be used: {facts['detail']}{quotes}. Nothing was changed."


def edit_conflict(facts: Facts) -> str:
    """Who was quicker, and when, as far as that is known."""
    who = f" by {facts['changed_by']}" if facts.get("changed_by") else ""
    when = f" at {facts['changed_at']}" if facts.get("changed_at") else ""
    return (
        f"{facts['table']} {quoted(facts['record'])} was changed{who}{when} since it was read. "
        "Nothing was overwritten; look at it as it is now and try again."
    )


def wrong_state(facts: Facts) -> str:
    """A message in another state, or a message that cannot be put back."""
    if facts["what"] != "put-back":
        return f"Message {facts['what']} is {facts['state'].replace('_', ' ')}, and this cannot be done in that state."
    if facts["state"] == "fetched":
        return (
            f"The folder {quoted(facts['folder'])} is fetched by an account that does not keep its mail on the server, "
            "so the message would be taken away again. Name another folder with --folder."
        )
    return f"A message can be put back by IMAP only; this account is of type {facts['state']}."


def ticket_merged(facts: Facts) -> str:
    """Says where the mails are, when that is known."""
    if not facts.get("into"):
        return f"Ticket {facts['number']} is in the state merged already. Nothing was changed."
    return (
        f"Ticket {facts['number']} was merged into {facts['into']}: its mails are there, and it cannot be used any "
        f"more. Use {facts['into']} instead."
    )


def server_said_why(what: str, otherwise: str) -> Callable[[Facts], str]:
    """The detail, when there is one."""
    return lambda facts: f"{what.format_map(facts)}: {facts['detail']}." if facts.get("detail") else otherwise


def folder_not_found(facts: Facts) -> str:
    """Names the folders there are."""
    known = [name for name in facts.get("folders", "").split("\n") if name]
    there = f" There are: {listing(known)}." if known else ""
    return f"The folder {quoted(facts['folder'])} does not exist on the server. Correct the account's folder.{there}"


def folder_not_writable(facts: Facts) -> str:
    """For a folder of the program's own, and for one where a backup was to be made."""
    if backup := facts.get("backup"):
        return (
            f"The {'backup file ' + backup if backup != 'backup' else 'backup'} could not be written to the folder "
            f"{facts['path']}: {facts['detail']}. The database is as it was. Make room, or name a file on another "
            "disk: mailadmin db backup FILE"
        )
    return (
        f"The folder {facts['path']} cannot be made or written to: {facts['detail']}. Correct its permissions, or "
        "choose another with --home DIR."
    )


def retry(facts: Facts) -> str:
    """When it is tried again."""
    wait = facts.get("retry_after", "")
    return f"in {duration(wait)}" if wait else "later"


def unavailable(facts: Facts) -> str:
    """Which message, and why it cannot be had."""
    why = f" ({facts['detail']})" if facts.get("detail") else ""
    return (
        f"The message {facts['source']} is listed, but the server does not hand it out{why}. It is tried again, last "
        "and alone, in every run; if that goes on, the server's administrator can look at it."
    )


def not_deleted(facts: Facts) -> str:
    """For a check (count 0) and for a fetch."""
    if facts["count"] == "0":
        return "The server does not let this user delete in this folder. Check the user's rights on the server."
    return (
        f"{facts['count']} messages are stored here, but the server did not delete its copies. They are not imported "
        "again; the next run tries again. Check the user's rights and quota on the server."
    )


def not_moved(facts: Facts) -> str:
    """For a check (count 0) and for a fetch."""
    if facts["count"] == "0":
        return f"The server cannot move messages to {quoted(facts['folder'])}. Check the user's rights on the server."
    return (
        f"{facts['count']} messages are stored here, but the server did not move its copies to "
        f"{quoted(facts['folder'])}. They are not imported again; the next run tries again. "
        "Check that folder and the user's rights and quota."
    )


def wrong_name(facts: Facts) -> str:
    """The names the certificate is for."""
    names = f" It is for: {facts['names']}." if facts.get("names") else ""
    return (
        f"The certificate of {facts['host']} is for another name.{names} "
        "If that is the same server, use one of its names as the account's host."
    )


def expired(facts: Facts) -> str:
    """Since when, or from when on."""
    when = " is not valid at this date"  # or that of who signed it: that one is not told
    if facts.get("not_before", "") > datetime.now(UTC).isoformat():
        when = f" is not valid before {facts['not_before'][:10]}"
    elif facts.get("not_after") and facts.get("days_left", "-").startswith("-"):
        when = f" ended on {facts['not_after'][:10]}"
    return f"The certificate of {facts['host']}{when}. Have it renewed, and check this computer's clock."


def unknown_ca(facts: Facts) -> str:
    """Who signed it, and the fingerprint to pin it by."""
    issuer = f" Issuer: {facts['issuer']}." if facts.get("issuer") else ""
    return (
        f"The certificate of {facts['host']} is signed by nobody this computer trusts.{issuer} "
        "Name your own authority's file as ca_file, or, after comparing the fingerprint with the server's "
        f'administrator, pin this certificate: pinned_certificate = "{facts["fingerprint"]}"'
    )


def pin_mismatch(facts: Facts) -> str:
    """Both fingerprints."""
    return (
        f"{facts['host']} shows another certificate than the pinned one. Ask its administrator whether it was "
        f"replaced. Pinned: {facts['pinned']}. Shown: {facts['fingerprint']}. "
        "If it was not replaced, somebody may be in between."
    )


def sign_in_refused(facts: Facts) -> str:
    """With the command that sets the account's password."""
    reference = password_reference(facts.get("account", "NAME"))
    return (
        f"The server refused user name or password of {quoted(facts['username'])}. Check both; "
        f"mailadmin secret set {reference} sets the password again. Some providers want an app password."
    )


def no_password(facts: Facts) -> str:
    """With the command that sets the account's password."""
    return (
        f"No password is kept for the account {quoted(facts['name'])}. "
        f"Set it with: mailadmin secret set {password_reference(facts['name'])}"
    )


def no_mechanism(facts: Facts) -> str:
    """What the server offers."""
    offered = f" It offers: {facts['offered']}." if facts.get("offered") else ""
    return f"The server offers {quoted(facts['username'])} no way to sign in that is spoken here.{offered}"


def busy(facts: Facts) -> str:
    """Who fetches it."""
    holder = f" by {facts['holder']}" if facts.get("holder") else ""
    return f"The account {quoted(facts['name'])} is being fetched{holder} at this moment. That one does the work."


_UNLOCK = "run mailadmin secret set-passphrase where the key is, then mailadmin secret unlock"


def key_not_in_keyring(facts: Facts) -> str:
    """The ways in that there are."""
    way = (
        "Run mailadmin secret unlock here: a passphrase opens it"
        if facts.get("passphrase") == "yes"
        else f"{_UNLOCK[0].upper()}{_UNLOCK[1:]} here"
    )
    return (
        "The key to this database's passwords is not in this computer's keyring; another computer or user made it. "
        f"{way} (with --key-file FILE to keep the key in a file). If it is in a key file already, name that with "
        "--key-file. Without the key the passwords must be entered again."
    )


def key_file_missing(facts: Facts) -> str:
    """Where the key may be."""
    path = facts["path"]
    return (
        f"The key file {path} does not exist, but the passwords in the database need it. Name the right file, or bring "
        f"it back from a backup; or {_UNLOCK} --key-file {shlex.quote(path)} here. Without the key the passwords must "
        "be entered again."
    )


def passphrase_not_set(facts: Facts) -> str:
    """How to set one, and what for."""
    return (
        "The database has a key, but no copy of it that a passphrase could open. "
        f"{_UNLOCK[0].upper()}{_UNLOCK[1:]} here (with --key-file FILE to keep the key in a key file)."
    )


def open_to_others(facts: Facts) -> str:
    """A key file or a passphrase file."""
    path = facts["path"]
    return (
        f"Others can read the file {path} (mode {facts['mode']}), which opens the passwords, so it is refused. "
        f"Run: chmod 600 {shlex.quote(path)}"
    )


def keyring(what: str) -> Callable[[Facts], str]:
    """A template whose # is the detail in brackets, when there is one."""

    def words(facts: Facts) -> str:
        detail = facts.get("detail", "")
        known = f" ({detail})" if detail and not recommends_plain_text(detail) else ""
        return what.format_map(facts).replace("#", known)

    return words


def not_offered(facts: Facts) -> str:
    """What is not offered."""
    return f"{facts['what'][:1].upper()}{facts['what'][1:]} is not offered yet by this version."


def invalid_record(facts: Facts) -> str:
    """The first fault of a record."""
    said = fault_sentence(facts["table"], facts["record"], facts["key"], facts["problem"], facts)
    return f"{said} Nothing was changed."


def examples_changed(facts: Facts) -> str:
    """The pinned examples that would be decided otherwise."""
    examples = ", ".join(quoted(one) for one in facts.get("examples", "").splitlines())
    which = f" ({examples})" if examples else ""
    return (
        f"Pinned examples of filters would be decided otherwise{which}. Nothing was changed. Look at the filters, or "
        "add --accept-changed-examples if it is meant so."
    )
