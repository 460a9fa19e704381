"""Every error in one clear English sentence or two: what happened, why, what to do (DESIGN 7).

The server's own words follow where they are shown; in JSON they have a key of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, MailadminError

from .output import shown
from .problems import fault_sentence
from .wording import Facts, duration, listing, quoted

Words: TypeAlias = str | Callable[[Facts], str]


def sentence(error: MailadminError) -> str:
    """What happened, why, and what to do. Without the server's words."""
    return code_sentence(error.code, error.facts)


def code_sentence(code: Code, facts: Mapping[str, str]) -> str:
    """The sentence for a code and its facts; facts that are missing are said to be unknown."""
    clean = Facts({key: shown(value) for key, value in facts.items()})
    words = SENTENCES[code]
    return words(clean) if callable(words) else words.format_map(clean)


def server_words(error: MailadminError) -> str:
    """What the other side said, on one line, free of secrets; empty when it said nothing."""
    return shown(diagnostics.SECRETS.scrub(error.server)).strip()


def full_sentence(error: MailadminError) -> str:
    """The sentence, then the server's own words."""
    words = server_words(error)
    return f"{sentence(error)} The server said: {words}" if words else sentence(error)


# --- sentences that depend on what is known -------------------------------------------------------------------------


def _unknown_account(facts: Facts) -> str:
    if there := facts.get("accounts"):
        return f"There is no account {quoted(facts['name'])}. There are: {there}."
    return f"There is no account {quoted(facts['name'])}. Add it with: mailadmin apply FILE"


def _account_not_valid(facts: Facts) -> str:
    return (
        f"The account {quoted(facts['name'])} is set to {quoted(facts['validity'])}, so it is not fetched. "
        'Set its validity to "valid" to use it.'
    )


def _bad_file(facts: Facts) -> str:
    path = f"The file {facts['path']}" if facts.get("path") else "The file"
    return f"{path} cannot be used: {facts['detail']}. Nothing was changed."


def _edit_conflict(facts: Facts) -> str:
    who = f" by {facts['changed_by']}" if facts.get("changed_by") else ""
    when = f" at {facts['changed_at']}" if facts.get("changed_at") else ""
    return (
        f"{facts['table']} {quoted(facts['record'])} was changed{who}{when} since it was read. "
        "Nothing was overwritten; look at it as it is now and try again."
    )


def _wrong_state(facts: Facts) -> str:
    if facts["what"] != "put-back":
        return f"Message {facts['what']} is {facts['state'].replace('_', ' ')}, and this cannot be done in that state."
    if facts["state"] == "fetched":
        return (
            f"The folder {quoted(facts['folder'])} is fetched by an account that does not keep its mail on the server, "
            "so the message would be taken away again. Name another folder with --folder."
        )
    return f"A message can be put back by IMAP only; this account is of type {facts['state']}."


def _server_said_why(what: str, otherwise: str) -> Callable[[Facts], str]:
    """The detail, when there is one."""
    return lambda facts: f"{what.format_map(facts)}: {facts['detail']}." if facts.get("detail") else otherwise


def _folder_not_found(facts: Facts) -> str:
    known = [name for name in facts.get("folders", "").split("\n") if name]
    there = f" There are: {listing(known)}." if known else ""
    return f"The folder {quoted(facts['folder'])} does not exist on the server. Correct the account's folder.{there}"


def _retry(facts: Facts) -> str:
    wait = facts.get("retry_after", "")
    return f"in {duration(wait)}" if wait else "later"


def _unavailable(facts: Facts) -> str:
    why = f" ({facts['detail']})" if facts.get("detail") else ""
    return (
        f"The message {facts['source']} is listed, but the server does not hand it out{why}. It is tried again, last "
        "and alone, in every run; if that goes on, the server's administrator can look at it."
    )


def _not_deleted(facts: Facts) -> str:
    if facts["count"] == "0":
        return "The server does not let this user delete in this folder. Check the user's rights on the server."
    return (
        f"{facts['count']} messages are stored here, but the server did not delete its copies. They are not imported "
        "again; the next run tries again. Check the user's rights and quota on the server."
    )


def _not_moved(facts: Facts) -> str:
    if facts["count"] == "0":
        return f"The server cannot move messages to {quoted(facts['folder'])}. Check the user's rights on the server."
    return (
        f"{facts['count']} messages are stored here, but the server did not move its copies to "
        f"{quoted(facts['folder'])}. They are not imported again; the next run tries again. "
        "Check that folder and the user's rights and quota."
    )


def _wrong_name(facts: Facts) -> str:
    names = f" It is for: {facts['names']}." if facts.get("names") else ""
    return (
        f"The certificate of {facts['host']} is for another name.{names} "
        "If that is the same server, use one of its names as the account's host."
    )


def _expired(facts: Facts) -> str:
    when = f" ended on {facts['not_after'][:10]}" if facts.get("not_after") else " is not valid at this date"
    return f"The certificate of {facts['host']}{when}. Have it renewed, and check this computer's clock."


def _unknown_ca(facts: Facts) -> str:
    issuer = f" Issuer: {facts['issuer']}." if facts.get("issuer") else ""
    return (
        f"The certificate of {facts['host']} is signed by nobody this computer trusts.{issuer} Name your own authority's "
        "file as ca_file, or, after comparing the fingerprint with the server's administrator, pin this certificate: "
        f'pinned_certificate = "{facts["fingerprint"]}"'
    )


def _pin_mismatch(facts: Facts) -> str:
    return (
        f"{facts['host']} shows another certificate than the pinned one. Ask its administrator whether it was replaced. "
        f"Pinned: {facts['pinned']}. Shown: {facts['fingerprint']}. "
        "If it was not replaced, somebody may be in between."
    )


def _no_mechanism(facts: Facts) -> str:
    offered = f" It offers: {facts['offered']}." if facts.get("offered") else ""
    return f"The server offers {quoted(facts['username'])} no way to sign in that is spoken here.{offered}"


def _busy(facts: Facts) -> str:
    holder = f" by {facts['holder']}" if facts.get("holder") else ""
    return f"The account {quoted(facts['name'])} is being fetched{holder} at this moment. That one does the work."


def _key_not_in_keyring(facts: Facts) -> str:
    way = "a passphrase opens it: name its file with --passphrase-file" if facts.get("passphrase") == "yes" else ""
    return (
        "The key to this database's passwords is not in this computer's keyring; another computer or user made it. "
        + (f"There is a copy that {way}" if way else "Name the key file with --key-file, if there is one")
        + "; without it, the passwords must be entered again."
    )


def _keyring(what: str) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        detail = f" ({facts['detail']})" if facts.get("detail") else ""
        return what.format_map(facts).replace("#", detail)

    return words


def _not_offered(facts: Facts) -> str:
    return f"{facts['what'][:1].upper()}{facts['what'][1:]} is not offered yet by this version."


def _invalid_record(facts: Facts) -> str:
    said = fault_sentence(facts["table"], facts["record"], facts["key"], facts["problem"], facts)
    return f"{said} Nothing was changed."


_FILE_OR_PASSPHRASE: Final = "use --key-file FILE or --passphrase-file FILE"

SENTENCES: Final[Mapping[Code, Words]] = {
    # configuration and usage
    Code.UNKNOWN_ACCOUNT: _unknown_account,
    Code.UNKNOWN_QUEUE: 'There is no queue "{name}". Write its full name with its levels, such as Support::Printers.',
    Code.UNKNOWN_TICKET: "There is no ticket {number}. See those there are with: mailadmin tickets list",
    Code.UNKNOWN_MESSAGE: "There is no message {id} here, or its octets were never fetched. See: mailadmin inbox list",
    Code.ACCOUNT_NOT_VALID: _account_not_valid,
    Code.INVALID_RECORD: _invalid_record,
    Code.BAD_FILE: _bad_file,
    Code.EDIT_CONFLICT: _edit_conflict,
    Code.NOT_OFFERED_YET: _not_offered,
    Code.WRONG_STATE: _wrong_state,
    Code.IN_USE: '{table} "{record}" is still used by {used_by}, so it cannot be removed. Change that first, or set the '
    "record to invalid.",
    # the wire
    Code.HOST_NOT_FOUND: 'The name "{host}" could not be found. Check its spelling, then the network and DNS.',
    Code.CONNECTION_REFUSED: "{host} refuses connections on port {port}. Check port and account type; perhaps the "
    "service is down or a firewall refuses.",
    Code.CONNECTION_TIMED_OUT: "{host} did not answer on port {port} within {seconds} seconds. Check host, port and "
    "firewall.",
    Code.CONNECTION_FAILED: _server_said_why(
        "No connection to {host}, port {port}", "No connection could be made. Check host, port and network."
    ),
    Code.CONNECTION_LOST: "The connection to {host} ended in the middle. What was stored stays stored, the rest is still "
    "on the server; the next fetch goes on.",
    Code.SERVER_BUSY: "{host} closed the connection instead of serving it: too many connections, or it is overloaded. "
    "Wait, or lower FetchConnectionsPerServer.",
    Code.SERVER_SILENT: "{host} said nothing for {seconds} seconds. Try later; check that port {port} speaks the "
    "protocol of the account's type.",
    Code.SERVER_GARBAGE: "{host} did not answer in the expected protocol ({detail}). Check port {port} and the account's "
    "type: a port for TLS answers nothing sensible without TLS, and the other way round.",
    Code.TLS_EXPIRED: _expired,
    Code.TLS_WRONG_NAME: _wrong_name,
    Code.TLS_UNKNOWN_CA: _unknown_ca,
    Code.TLS_PIN_MISMATCH: _pin_mismatch,
    Code.TLS_FAILED: "{host} and this computer could not agree on encryption ({detail}). Check port {port} and the "
    "account's type: IMAPS and IMAPTLS differ.",
    Code.TLS_CA_FILE: "The file of trusted certificates {path} cannot be used: {detail}. It must be readable and in PEM "
    "form.",
    Code.STARTTLS_NOT_OFFERED: "{host} offers no STARTTLS on port {port}, so nothing was sent, least of all the password. "
    "Use a type with TLS from the start (IMAPS, POP3S), or have STARTTLS switched on.",
    Code.SIGN_IN_REFUSED: 'The server refused user name or password of "{username}". Check both, and set the password '
    "again with: mailadmin secret set incoming/NAME/password",
    Code.SIGN_IN_NEEDS_TLS: 'The server takes no password of "{username}" on an unencrypted connection. Use a type with '
    "encryption (IMAPS, IMAPTLS, POP3S, POP3TLS).",
    Code.SIGN_IN_NOT_NOW: lambda facts: (
        f"The server cannot sign {quoted(facts['username'])} in at the moment; the password may well be right. "
        f"Try again {_retry(facts)}."
    ),
    Code.SIGN_IN_NO_MECHANISM: _no_mechanism,
    Code.THROTTLED: lambda facts: f"The server asks to be left alone for a while. It is tried again {_retry(facts)}.",
    Code.NO_PASSWORD: 'No password is kept for the account "{name}". Set it with: mailadmin secret set '
    "incoming/{name}/password",
    Code.FOLDER_NOT_FOUND: _folder_not_found,
    Code.FOLDER_NOT_OPENED: lambda facts: (
        f"The {'folder ' + quoted(facts['folder']) if facts.get('folder') else 'mailbox'} is there but cannot be opened. "
        "Check this user's rights on the server."
    ),
    Code.SERVER_REFUSED: "The server answered {command} with no. Its words say why; ask who runs the server.",
    Code.MESSAGE_UNAVAILABLE: _unavailable,
    Code.DELETE_FAILED: _not_deleted,
    Code.EXPUNGE_UNSAFE: "The server cannot remove single messages, and {count} messages of somebody else are marked for "
    'deletion: removing ours would remove theirs. Purge the folder in a mail program, or use after_fetch = "move".',
    Code.MOVE_FAILED: _not_moved,
    Code.QUIT_REFUSED: "The server did not confirm the deletion of {count} messages at the end of the session. They are "
    "not imported again; the next run tries again.",
    Code.TIME_BUDGET_SPENT: "The account used up its {seconds} seconds for one run. What was stored stays stored; the next "
    "run goes on. For a large mailbox raise --timeout, or the setting TimeoutAccount.",
    Code.STOPPED: "The run was stopped. What was stored stays stored; fetch again when you like.",
    # the database
    Code.DATABASE_UNREACHABLE: "The database {url} cannot be reached: {detail}. Check the address and the permissions, "
    "and that a database server runs.",
    Code.DATABASE_LOCKED: "Another program keeps the database {url} locked. Close what else has it open (a backup, a "
    "database browser), then try again.",
    Code.DATABASE_READ_ONLY: "The database {url} cannot be written to. Correct the permissions of the file and its "
    "folder, and check that the disk is not mounted read-only.",
    Code.DATABASE_FULL: "There is no room left for the database {url}. No mail was taken from a server that was not "
    "stored. Free disk space or raise the limit, then try again.",
    Code.DATABASE_NEWER: "A newer version of mailadmin has upgraded the database {url} (to {schema}; this version knows "
    "{program}). Nothing was touched; use that version or a newer one.",
    Code.DATABASE_OLDER: 'The database {url} is older ("{schema}") than this version of mailadmin ("{program}"). Make a '
    "backup, tell the others, then run: mailadmin db upgrade",
    Code.DATABASE_DAMAGED: "The database {url} is damaged, or no database of mailadmin: {detail}. Do not write to it; "
    "restore the last backup. Mail that is still on a server comes again.",
    Code.DATABASE_ON_NETWORK: "The embedded database {path} lies on a network share ({filesystem}), where locking cannot be "
    "relied on. Keep it on a local disk (--home DIR); to share one, use a database server.",
    Code.DATABASE_URL: "The address of the database cannot be used: {detail}.",
    Code.DATABASE_URL_HAS_PASSWORD: "The address of the database holds a password, which others could read, so it is "
    "refused. Use the database's own means, such as a password file.",
    Code.DATABASE_UNSAFE: "The database server may confirm what it has not yet written ({setting} = {value}), so mail "
    "could be lost in a crash. Have that setting changed.",
    Code.FOLDER_NOT_WRITABLE: "The folder {path} cannot be made or written to: {detail}. Correct its permissions, or "
    "choose another with --home DIR.",
    # leases
    Code.ACCOUNT_BUSY: _busy,
    Code.LEASE_LOST: "This run was away for too long (a sleeping computer, a slow database), and another may have taken "
    "over; it stopped before doing harm. Fetch again.",
    # secrets
    Code.KEYRING_MISSING: _keyring(
        f"This computer offers no keyring to keep the key to the passwords in#. Install one, or {_FILE_OR_PASSPHRASE}."
    ),
    Code.KEYRING_LOCKED: _keyring(
        f"The keyring is locked#. Unlock it (sign in to the desktop), then try again; or {_FILE_OR_PASSPHRASE}."
    ),
    Code.KEYRING_SWALLOWS: _keyring(
        "The keyring ({backend}) took the key and did not give it back, so nothing was entrusted to it. "
        f"Set up another, or {_FILE_OR_PASSPHRASE}."
    ),
    Code.KEYRING_SILENT: _keyring(
        "The keyring did not answer within {seconds} seconds; perhaps it waits for somebody to unlock it. Look for its "
        f"window, then try again; or {_FILE_OR_PASSPHRASE}."
    ),
    Code.KEYRING_FAILED: _keyring(f"The keyring ({{backend}}) reported an error of its own. If it stays, {_FILE_OR_PASSPHRASE}."),
    Code.KEY_NOT_IN_KEYRING: _key_not_in_keyring,
    Code.TWO_KEY_SOURCES: "A key file ({key_file}) and a passphrase file ({passphrase_file}) were both named. Name one.",
    Code.KEY_FILE_MISSING: "The key file {path} does not exist, but the passwords in the database need it. Name the right "
    "file or bring it back from a backup; without it the passwords must be entered again.",
    Code.KEY_FILE_UNREADABLE: "The key file {path} cannot be read or made: {detail}. The user who runs mailadmin must own "
    "it.",
    Code.KEY_FILE_MALFORMED: "The file {path} is not a key file, or is damaged. Name the right one, or bring it back from "
    "a backup.",
    Code.KEY_FILE_OPEN_TO_OTHERS: "Others can read the key file {path} (mode {mode}), so it is refused. Run: chmod 600 "
    "{path}",
    Code.KEY_WRONG: "This key belongs to another database. Name the key of this one with --key-file or --passphrase-file.",
    Code.PASSPHRASE_FILE_UNREADABLE: "The passphrase file {path} cannot be read: {detail}.",
    Code.PASSPHRASE_WRONG: "The passphrase does not fit this database. Check the file; case and blanks count.",
    Code.PASSPHRASE_TOO_SHORT: "The passphrase is too short to protect anything. Take at least {minimum} characters: "
    "several words.",
    Code.PASSPHRASE_NOT_SET: "The database has a key, but no copy of it that a passphrase could open. Open it once where "
    "the key is.",
    Code.SECRET_DAMAGED: "The stored secret {ref} cannot be decrypted. Set it again with: mailadmin secret set",
    Code.UNKNOWN_SECRET: 'Nothing is kept under "{ref}". A password is named incoming/NAME/password; see: mailadmin '
    "secret list",
    # messages
    Code.EMPTY_INPUT: "Standard input held no message. Check the pipe in front of mailadmin read.",
    Code.KILLED_TWICE: "The program died {attempts} times while it worked on this message, so it is set aside. Look at "
    "it with mailadmin inbox raw, and please report it; mailadmin inbox retry tries again.",
    Code.PROCESSING_FAILED: "The message is stored, but could not be made into a ticket ({detail}), so it is set aside. "
    "mailadmin inbox retry tries again.",
    Code.DEMO_MISSING: 'The demo\'s mail server ({package}) is not installed. Install mailadmin with its extra "demo".',
    # ours
    Code.BUG: "This is a fault of mailadmin's own: {detail}. Please report it.",
}
"""A template over the code's facts, or a function of them, for every code (a test compares)."""
