"""Every error in two to five words, for the cell of a table or the head of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.errors import Code

from .wording import QT_TRANSLATE_NOOP, translate


def headline(code: Code) -> str:
    """What went wrong, in two to five words."""
    return translate("Sentences", HEADLINES[code])


HEADLINES: Final[Mapping[Code, str]] = {
    Code.UNKNOWN_ACCOUNT: QT_TRANSLATE_NOOP("Sentences", "Account not found"),
    Code.UNKNOWN_QUEUE: QT_TRANSLATE_NOOP("Sentences", "Queue not found"),
    Code.UNKNOWN_TICKET: QT_TRANSLATE_NOOP("Sentences", "Ticket not found"),
    Code.UNKNOWN_MESSAGE: QT_TRANSLATE_NOOP("Sentences", "Message not found"),
    Code.ACCOUNT_NOT_VALID: QT_TRANSLATE_NOOP("Sentences", "Account not valid"),
    Code.INVALID_RECORD: QT_TRANSLATE_NOOP("Sentences", "Something must be corrected"),
    Code.BAD_FILE: QT_TRANSLATE_NOOP("Sentences", "File cannot be used"),
    Code.EDIT_CONFLICT: QT_TRANSLATE_NOOP("Sentences", "Changed by somebody else"),
    Code.NOT_OFFERED_YET: QT_TRANSLATE_NOOP("Sentences", "Not offered yet"),
    Code.WRONG_STATE: QT_TRANSLATE_NOOP("Sentences", "Not in this state"),
    Code.TICKET_MERGED: QT_TRANSLATE_NOOP("Sentences", "Merged already"),
    Code.MERGE_INTO_ITSELF: QT_TRANSLATE_NOOP("Sentences", "The same ticket"),
    Code.IN_USE: QT_TRANSLATE_NOOP("Sentences", "Still in use"),
    Code.HOST_NOT_FOUND: QT_TRANSLATE_NOOP("Sentences", "Host not found"),
    Code.CONNECTION_REFUSED: QT_TRANSLATE_NOOP("Sentences", "Connection refused"),
    Code.CONNECTION_TIMED_OUT: QT_TRANSLATE_NOOP("Sentences", "Server does not answer"),
    Code.CONNECTION_FAILED: QT_TRANSLATE_NOOP("Sentences", "No connection"),
    Code.CONNECTION_LOST: QT_TRANSLATE_NOOP("Sentences", "Connection lost"),
    Code.SERVER_BUSY: QT_TRANSLATE_NOOP("Sentences", "Server busy"),
    Code.SERVER_SILENT: QT_TRANSLATE_NOOP("Sentences", "Server says nothing"),
    Code.SERVER_GARBAGE: QT_TRANSLATE_NOOP("Sentences", "Wrong protocol"),
    Code.TLS_EXPIRED: QT_TRANSLATE_NOOP("Sentences", "Certificate expired"),
    Code.TLS_WRONG_NAME: QT_TRANSLATE_NOOP("Sentences", "Certificate for another name"),
    Code.TLS_UNKNOWN_CA: QT_TRANSLATE_NOOP("Sentences", "Certificate not trusted"),
    Code.TLS_PIN_MISMATCH: QT_TRANSLATE_NOOP("Sentences", "Certificate changed"),
    Code.TLS_FAILED: QT_TRANSLATE_NOOP("Sentences", "No encryption"),
    Code.TLS_CA_FILE: QT_TRANSLATE_NOOP("Sentences", "Certificate file unusable"),
    Code.STARTTLS_NOT_OFFERED: QT_TRANSLATE_NOOP("Sentences", "STARTTLS not offered"),
    Code.SIGN_IN_REFUSED: QT_TRANSLATE_NOOP("Sentences", "Sign-in refused"),
    Code.SIGN_IN_NEEDS_TLS: QT_TRANSLATE_NOOP("Sentences", "Sign-in needs encryption"),
    Code.SIGN_IN_NOT_NOW: QT_TRANSLATE_NOOP("Sentences", "No sign-in at the moment"),
    Code.SIGN_IN_NO_MECHANISM: QT_TRANSLATE_NOOP("Sentences", "No way to sign in"),
    Code.THROTTLED: QT_TRANSLATE_NOOP("Sentences", "Server asks to wait"),
    Code.NO_PASSWORD: QT_TRANSLATE_NOOP("Sentences", "No password"),
    Code.FOLDER_NOT_FOUND: QT_TRANSLATE_NOOP("Sentences", "Folder not found"),
    Code.FOLDER_NOT_OPENED: QT_TRANSLATE_NOOP("Sentences", "Folder cannot be opened"),
    Code.SERVER_REFUSED: QT_TRANSLATE_NOOP("Sentences", "Server refused"),
    Code.MESSAGE_UNAVAILABLE: QT_TRANSLATE_NOOP("Sentences", "Message not handed out"),
    Code.DELETE_FAILED: QT_TRANSLATE_NOOP("Sentences", "Deleting failed"),
    Code.EXPUNGE_UNSAFE: QT_TRANSLATE_NOOP("Sentences", "Deleting is not safe"),
    Code.MOVE_FAILED: QT_TRANSLATE_NOOP("Sentences", "Moving failed"),
    Code.QUIT_REFUSED: QT_TRANSLATE_NOOP("Sentences", "Deletion not confirmed"),
    Code.TIME_BUDGET_SPENT: QT_TRANSLATE_NOOP("Sentences", "Took too long"),
    Code.STOPPED: QT_TRANSLATE_NOOP("Sentences", "Stopped as asked"),
    Code.DATABASE_UNREACHABLE: QT_TRANSLATE_NOOP("Sentences", "Database not reached"),
    Code.DATABASE_LOCKED: QT_TRANSLATE_NOOP("Sentences", "Database locked"),
    Code.DATABASE_READ_ONLY: QT_TRANSLATE_NOOP("Sentences", "Database is read-only"),
    Code.DATABASE_FULL: QT_TRANSLATE_NOOP("Sentences", "No room left"),
    Code.DATABASE_NEWER: QT_TRANSLATE_NOOP("Sentences", "Database is newer"),
    Code.DATABASE_OLDER: QT_TRANSLATE_NOOP("Sentences", "Database is older"),
    Code.DATABASE_DAMAGED: QT_TRANSLATE_NOOP("Sentences", "Database damaged"),
    Code.DATABASE_ON_NETWORK: QT_TRANSLATE_NOOP("Sentences", "Database on network share"),
    Code.DATABASE_URL: QT_TRANSLATE_NOOP("Sentences", "Wrong database address"),
    Code.DATABASE_URL_HAS_PASSWORD: QT_TRANSLATE_NOOP("Sentences", "Password in database address"),
    Code.DATABASE_UNSAFE: QT_TRANSLATE_NOOP("Sentences", "Database set up unsafely"),
    Code.FOLDER_NOT_WRITABLE: QT_TRANSLATE_NOOP("Sentences", "Folder not writable"),
    Code.ACCOUNT_BUSY: QT_TRANSLATE_NOOP("Sentences", "Being fetched elsewhere"),
    Code.LEASE_LOST: QT_TRANSLATE_NOOP("Sentences", "Away for too long"),
    Code.KEYRING_MISSING: QT_TRANSLATE_NOOP("Sentences", "No keyring"),
    Code.KEYRING_LOCKED: QT_TRANSLATE_NOOP("Sentences", "Keyring locked"),
    Code.KEYRING_SWALLOWS: QT_TRANSLATE_NOOP("Sentences", "Keyring keeps nothing"),
    Code.KEYRING_SILENT: QT_TRANSLATE_NOOP("Sentences", "Keyring does not answer"),
    Code.KEYRING_FAILED: QT_TRANSLATE_NOOP("Sentences", "Keyring failed"),
    Code.KEY_NOT_IN_KEYRING: QT_TRANSLATE_NOOP("Sentences", "Key is elsewhere"),
    Code.TWO_KEY_SOURCES: QT_TRANSLATE_NOOP("Sentences", "Two places for the key"),
    Code.KEY_FILE_MISSING: QT_TRANSLATE_NOOP("Sentences", "Key file missing"),
    Code.KEY_FILE_UNREADABLE: QT_TRANSLATE_NOOP("Sentences", "Key file unreadable"),
    Code.KEY_FILE_MALFORMED: QT_TRANSLATE_NOOP("Sentences", "Not a key file"),
    Code.KEY_FILE_OPEN_TO_OTHERS: QT_TRANSLATE_NOOP("Sentences", "Key file open to others"),
    Code.KEY_WRONG: QT_TRANSLATE_NOOP("Sentences", "Wrong key"),
    Code.PASSPHRASE_FILE_UNREADABLE: QT_TRANSLATE_NOOP("Sentences", "Passphrase file unreadable"),
    Code.PASSPHRASE_WRONG: QT_TRANSLATE_NOOP("Sentences", "Wrong passphrase"),
    Code.PASSPHRASE_TOO_SHORT: QT_TRANSLATE_NOOP("Sentences", "Passphrase too short"),
    Code.PASSPHRASE_NOT_SET: QT_TRANSLATE_NOOP("Sentences", "No passphrase set"),
    Code.SECRET_DAMAGED: QT_TRANSLATE_NOOP("Sentences", "Stored password damaged"),
    Code.UNKNOWN_SECRET: QT_TRANSLATE_NOOP("Sentences", "No such password"),
    Code.EMPTY_INPUT: QT_TRANSLATE_NOOP("Sentences", "No message in it"),
    Code.KILLED_TWICE: QT_TRANSLATE_NOOP("Sentences", "Message ended the program"),
    Code.PROCESSING_FAILED: QT_TRANSLATE_NOOP("Sentences", "Could not be processed"),
    Code.DEMO_MISSING: QT_TRANSLATE_NOOP("Sentences", "Demo not installed"),
    Code.BUG: QT_TRANSLATE_NOOP("Sentences", "Fault of the program"),
}
"""A headline for every code (a test compares)."""
