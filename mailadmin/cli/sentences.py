"""Every error in one clear English sentence or two: what happened, why, what to do (DESIGN 7).

The server's own words follow where they are shown; in JSON they have a key of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from mailadmin import diagnostics
from mailadmin.domain.errors import PROVIDER_CODES, Code, MailadminError
from mailadmin.domain.outside_text import recommends_plain_text, shown, shown_lines

from .fact_sentences import (
    account_not_valid,
    bad_file,
    busy,
    edit_conflict,
    examples_changed,
    expired,
    folder_not_found,
    folder_not_writable,
    invalid_record,
    key_file_missing,
    key_not_in_keyring,
    keyring,
    no_mechanism,
    no_password,
    not_deleted,
    not_moved,
    not_offered,
    open_to_others,
    passphrase_not_set,
    pin_mismatch,
    retry,
    server_said_why,
    sign_in_refused,
    ticket_merged,
    unavailable,
    unknown_account,
    unknown_ca,
    unknown_queue,
    wrong_name,
    wrong_state,
)
from .oauth_sentences import (
    bad_answer,
    bad_client_certificate,
    mailbox_refuses,
    no_client_secret,
    refused,
    sign_in_needed,
    stopped,
    timed_out,
)
from .oauth_sentences import unavailable as provider_unavailable
from .wire_sentences import garbage, silent, starttls_not_offered, tls_failed
from .wording import Facts, number_of, quoted

Words: TypeAlias = str | Callable[[Facts], str]


def sentence(error: MailadminError, account: str = "") -> str:
    """What happened, why, and what to do. Without the server's words.

    :param account: the account's name, if it is about one, so that commands can be copied
    """
    around = {"account": account, "layer": error.layer or "", "server": server_words(error)}
    return code_sentence(error.code, {key: value for key, value in around.items() if value} | error.facts)


def code_sentence(code: Code, facts: Mapping[str, str]) -> str:
    """The sentence for a code and its facts; facts that are missing are said to be unknown."""
    clean = Facts({key: shown_lines(value) if key == "folders" else shown(value) for key, value in facts.items()})
    if "detail" in clean:  # somebody else's words, and a stop of ours comes behind them
        clean["detail"] = clean["detail"].rstrip(" .?!")
    words = SENTENCES[code]
    return words(clean) if callable(words) else words.format_map(clean)


def server_words(error: MailadminError) -> str:
    """What the other side said, on one line, free of secrets; empty when it said nothing."""
    if recommends_plain_text(error.server):
        return ""
    return shown(diagnostics.SECRETS.scrub(error.server)).strip()


def quoted_words(error: MailadminError) -> str:
    """The same with who says it: ``The server said: ...``; empty when it said nothing."""
    words, who = server_words(error), "provider" if error.code in PROVIDER_CODES else "server"
    return f"The {who} said: {words}" if words else ""


def full_sentence(error: MailadminError, account: str = "") -> str:
    """The sentence, then the server's own words, unless the sentence holds them."""
    said, words = sentence(error, account), server_words(error)
    return f"{said} {quoted_words(error)}" if words.rstrip(" .?!") not in said else said


_OTHER_WAYS: Final = "use --key-file FILE or --passphrase-file FILE"

SENTENCES: Final[Mapping[Code, Words]] = {
    # configuration and usage
    Code.UNKNOWN_ACCOUNT: unknown_account,
    Code.UNKNOWN_QUEUE: unknown_queue,
    Code.UNKNOWN_TICKET: "There is no ticket {number}. See those there are with: mailadmin tickets list",
    Code.UNKNOWN_MESSAGE: "There is no message {id} here, or its octets were never fetched. See: mailadmin inbox list",
    Code.UNKNOWN_COMMUNICATION: "There is no communication {id} in the log. See those there are: mailadmin log list",
    Code.ACCOUNT_NOT_VALID: account_not_valid,
    Code.INVALID_RECORD: invalid_record,
    Code.BAD_FILE: bad_file,
    Code.EDIT_CONFLICT: edit_conflict,
    Code.NOT_OFFERED_YET: not_offered,
    Code.WRONG_STATE: wrong_state,
    Code.TICKET_MERGED: ticket_merged,
    Code.MERGE_INTO_ITSELF: "Ticket {number} cannot be merged into itself: {into} leads there. Name another ticket.",
    Code.IN_USE: (
        '{table} "{record}" is still used by {used_by}, so it cannot be removed. Change that first, or set the '
        "record to invalid."
    ),
    Code.EXAMPLES_CHANGED: examples_changed,
    # the wire
    Code.HOST_NOT_FOUND: 'The name "{host}" could not be found. Check its spelling, then the network and DNS.',
    Code.CONNECTION_REFUSED: (
        "{host} refuses connections on port {port}. Check port and account type; perhaps the service is down or a"
        " firewall refuses."
    ),
    Code.CONNECTION_TIMED_OUT: lambda facts: (
        f"{facts['host']} did not answer on port {facts['port']} within {number_of(facts['seconds'], 'second')}. "
        "Check host, port and firewall."
    ),
    Code.CONNECTION_FAILED: server_said_why(
        "No connection to {host}, port {port}", "No connection could be made. Check host, port and network."
    ),
    Code.CONNECTION_LOST: (
        "The connection to {host} ended in the middle. What was stored stays stored, the rest is still on the "
        "server; the next fetch goes on."
    ),
    Code.SERVER_BUSY: (
        "{host} closed the connection instead of serving it: too many connections, or it is overloaded. Wait, or "
        "lower FetchConnectionsPerServer."
    ),
    Code.SERVER_SILENT: silent,
    Code.SERVER_GARBAGE: garbage,
    Code.TLS_EXPIRED: expired,
    Code.TLS_WRONG_NAME: wrong_name,
    Code.TLS_UNKNOWN_CA: unknown_ca,
    Code.TLS_PIN_MISMATCH: pin_mismatch,
    Code.TLS_FAILED: tls_failed,
    Code.TLS_CA_FILE: (
        "The file of trusted certificates {path} cannot be used: {detail}. It must be readable and in PEM form."
    ),
    Code.STARTTLS_NOT_OFFERED: starttls_not_offered,
    Code.SIGN_IN_REFUSED: sign_in_refused,
    Code.SIGN_IN_NEEDS_TLS: (
        'The server takes no password of "{username}" on an unencrypted connection. Use a type with encryption '
        "(IMAPS, IMAPTLS, POP3S, POP3TLS)."
    ),
    Code.SIGN_IN_NOT_NOW: lambda facts: (
        f"The server cannot sign {quoted(facts['username'])} in at the moment; the password may well be right. "
        f"Try again {retry(facts)}."
    ),
    Code.SIGN_IN_NO_MECHANISM: no_mechanism,
    Code.THROTTLED: lambda facts: f"The server asks to be left alone for a while. It is tried again {retry(facts)}.",
    Code.SESSION_EXPIRED: (
        "{host} ended the session, because its access token had run out. What was stored stays stored; the next fetch "
        "goes on with a fresh one."
    ),
    Code.MAILBOX_REFUSES_TOKEN: mailbox_refuses,
    Code.MAILBOX_NOT_FOUND: mailbox_refuses,
    Code.NO_PASSWORD: no_password,
    Code.FOLDER_NOT_FOUND: folder_not_found,
    Code.FOLDER_NOT_OPENED: lambda facts: (
        f"The {'folder ' + quoted(facts['folder']) if facts.get('folder') else 'mailbox'} is there but cannot be "
        "opened. Check this user's rights on the server."
    ),
    Code.SERVER_REFUSED: "The server answered {command} with no. Its words say why; ask who runs the server.",
    Code.MESSAGE_UNAVAILABLE: unavailable,
    Code.DELETE_FAILED: not_deleted,
    Code.EXPUNGE_UNSAFE: (
        "The server cannot remove single messages, and {count} messages of somebody else are marked for deletion:"
        ' removing ours would remove theirs. Purge the folder in a mail program, or use after_fetch = "move".'
    ),
    Code.MOVE_FAILED: not_moved,
    Code.QUIT_REFUSED: (
        "The server did not confirm the deletion of {count} messages at the end of the session. They are not "
        "imported again; the next run tries again."
    ),
    Code.TIME_BUDGET_SPENT: lambda facts: (
        f"The account used up its {number_of(facts['seconds'], 'second')} for one run. What was stored stays stored; "
        "the next run goes on. For a large mailbox raise --timeout, or the setting TimeoutAccount."
    ),
    Code.STOPPED: stopped,
    # the database
    Code.DATABASE_UNREACHABLE: (
        "The database {url} cannot be reached: {detail}. Check the address and the permissions, and that a "
        "database server runs."
    ),
    Code.DATABASE_LOCKED: (
        "Another program keeps the database {url} locked. Close what else has it open (a backup, a database "
        "browser), then try again."
    ),
    Code.DATABASE_READ_ONLY: (
        "The database {url} cannot be written to. Correct the permissions of the file and its folder, and check "
        "that the disk is not mounted read-only."
    ),
    Code.DATABASE_FULL: (
        "There is no room left for the database {url}. No mail was taken from a server that was not stored. Free "
        "disk space or raise the limit, then try again."
    ),
    Code.DATABASE_NEWER: (
        "A newer version of mailadmin has upgraded the database {url} (to {schema}; this version knows "
        "{program}). Nothing was touched; use that version or a newer one."
    ),
    Code.DATABASE_OLDER: (
        'The database {url} is older ("{schema}") than this version of mailadmin ("{program}"). Make a backup, '
        "tell the others, then run: mailadmin db upgrade"
    ),
    Code.DATABASE_DAMAGED: (
        "The database {url} is damaged, or no database of mailadmin: {detail}. Do not write to it; restore the "
        "last backup. Mail that is still on a server comes again."
    ),
    Code.DATABASE_ON_NETWORK: (
        "The embedded database {path} lies on a network share ({filesystem}), where locking cannot be relied on. "
        "Keep it on a local disk (--home DIR); to share one, use a database server."
    ),
    Code.DATABASE_URL: "The address of the database cannot be used: {detail}.",
    Code.DATABASE_URL_HAS_PASSWORD: (
        "The address of the database holds a password, which others could read, so it is refused. Use the "
        "database's own means, such as a password file."
    ),
    Code.DATABASE_UNSAFE: (
        "The database server may confirm what it has not yet written ({setting} = {value}), so mail could be lost"
        " in a crash. Have that setting changed."
    ),
    Code.FOLDER_NOT_WRITABLE: folder_not_writable,
    # leases
    Code.ACCOUNT_BUSY: busy,
    Code.LEASE_LOST: (
        "This run was away for too long (a sleeping computer, a slow database), and another may have taken over; "
        "it stopped before doing harm. Fetch again."
    ),
    # secrets
    Code.KEYRING_MISSING: keyring(
        f"This computer offers no keyring to keep the key to the passwords in#. Install one, or {_OTHER_WAYS}."
    ),
    Code.KEYRING_LOCKED: keyring(
        f"The keyring is locked#. Unlock it (sign in to the desktop), then try again; or {_OTHER_WAYS}."
    ),
    Code.KEYRING_SWALLOWS: keyring(
        "The keyring ({backend}) took the key and did not give it back, so nothing was entrusted to it. "
        f"Set up another, or {_OTHER_WAYS}."
    ),
    Code.KEYRING_SILENT: keyring(
        "The keyring did not answer in time ({seconds} s); perhaps it waits for somebody to unlock it. Look for its "
        f"window, then try again; or {_OTHER_WAYS}."
    ),
    Code.KEYRING_FAILED: keyring(
        f"The keyring ({{backend}}) reported an error of its own. If it stays, {_OTHER_WAYS}."
    ),
    Code.KEY_NOT_IN_KEYRING: key_not_in_keyring,
    Code.TWO_KEY_SOURCES: (
        "A key file ({key_file}) and a passphrase file ({passphrase_file}) were both named. Name one."
    ),
    Code.KEY_FILE_MISSING: key_file_missing,
    Code.KEY_FILE_UNREADABLE: (
        "The key file {path} cannot be read or made: {detail}. The user who runs mailadmin must own it."
    ),
    Code.KEY_FILE_MALFORMED: (
        "The file {path} is not a key file, or is damaged. Name the right one, or bring it back from a backup."
    ),
    Code.KEY_FILE_OPEN_TO_OTHERS: open_to_others,
    Code.KEY_WRONG: (
        "This key belongs to another database. Name the key of this one with --key-file or --passphrase-file."
    ),
    Code.PASSPHRASE_FILE_UNREADABLE: "The passphrase file {path} cannot be read: {detail}.",
    Code.PASSPHRASE_WRONG: "The passphrase does not fit this database. Check the file; case and blanks count.",
    Code.PASSPHRASE_TOO_SHORT: (
        "The passphrase is too short to protect anything. Take at least {minimum} characters: several words."
    ),
    Code.PASSPHRASE_NOT_SET: passphrase_not_set,
    Code.SECRET_DAMAGED: "The stored secret {ref} cannot be decrypted. Set it again with: mailadmin secret set",
    Code.UNKNOWN_SECRET: (
        'Nothing is kept under "{ref}". A password is named incoming/NAME/password; see: mailadmin secret list'
    ),
    # signing in by OAuth2
    Code.UNKNOWN_PROFILE: 'There is no OAuth2 profile "{name}". See those there are with: mailadmin export',
    Code.PROFILE_NOT_VALID: (
        'The OAuth2 profile "{profile}" is set to "{validity}", so no account can sign in by it. Set its validity to '
        '"valid" to use it.'
    ),
    Code.SIGN_IN_NEEDED: sign_in_needed,
    Code.OAUTH_REFUSED: refused,
    Code.OAUTH_UNAVAILABLE: provider_unavailable,
    Code.OAUTH_BAD_ANSWER: bad_answer,
    Code.OAUTH_TIMED_OUT: timed_out,
    Code.OAUTH_PORT_BUSY: (
        "Another program uses port {port}, which the profile fixes for the answer of the browser. Close that program, "
        "or choose another port, in the profile and at the provider."
    ),
    Code.OAUTH_WRONG_IDENTITY: (
        "{signed_in} signed in, but the account names {expected}. Sign in with the account that owns the mailbox (a "
        "private window of the browser helps); for a shared mailbox, set username to who signs in and opens_mailbox to "
        "the mailbox."
    ),
    Code.OAUTH_NOT_AN_ANSWER: (
        "That is not the address of the browser's last page, which begins with {expected} and holds the answer. Copy "
        "the whole address and paste it."
    ),
    Code.NO_CLIENT_SECRET: no_client_secret,
    Code.BAD_CLIENT_CERTIFICATE: bad_client_certificate,
    # messages
    Code.EMPTY_INPUT: "Standard input held no message. Check the pipe in front of mailadmin read.",
    Code.KILLED_TWICE: (
        "The program died {attempts} times while it worked on this message, so it is set aside. Look at it with "
        "mailadmin inbox raw, and please report it; mailadmin inbox retry tries again."
    ),
    Code.PROCESSING_FAILED: (
        "The message is stored, but could not be made into a ticket ({detail}), so it is set aside. mailadmin "
        "inbox retry tries again."
    ),
    Code.DEMO_MISSING: (
        'The demo\'s mail server ({package}) is not installed. Install mailadmin with its extra "demo".'
    ),
    # ours
    Code.BUG: "This is a fault of mailadmin's own: {detail}. Please report it.",
}
"""A template over the code's facts, or a function of them, for every code (a test compares)."""
