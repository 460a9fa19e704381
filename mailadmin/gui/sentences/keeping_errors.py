"""What goes wrong where things are kept (database, keys, passwords), for :mod:`.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.errors import Code
from mailadmin.domain.outside_text import recommends_plain_text

from .wording import QT_TRANSLATE_NOOP, Parts, composed

_OTHER_KEEPER: Final = QT_TRANSLATE_NOOP("Sentences", "Or keep the key under a passphrase or in a key file instead.")
_OR_PASSPHRASE: Final = QT_TRANSLATE_NOOP(
    "Sentences",
    "Or set a passphrase for the team on the computer that has the key, then unlock the passwords here with it.",
)
_WITHOUT_KEY: Final = QT_TRANSLATE_NOOP("Sentences", "Without the key the passwords must be entered again.")
_SET_PASSPHRASE: Final = QT_TRANSLATE_NOOP(
    "Sentences",
    "Set a passphrase for the team on the computer that has the key, then unlock the passwords here with it.",
)

KEEPING_PARTS: Final[Mapping[Code, Parts]] = {
    # the database
    Code.DATABASE_UNREACHABLE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The database {url} cannot be reached: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The database {url} cannot be reached."),
            QT_TRANSLATE_NOOP("Sentences", "The database cannot be reached."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Check the address and the permissions, and that a database server runs."),
    ),
    Code.DATABASE_LOCKED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Another program keeps the database {url} locked."),
            QT_TRANSLATE_NOOP("Sentences", "Another program keeps the database locked."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Close what else has it open (a backup, a database browser), then try again."),
    ),
    Code.DATABASE_READ_ONLY: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The database {url} cannot be written to."),
            QT_TRANSLATE_NOOP("Sentences", "The database cannot be written to."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Correct the permissions of the file and its folder, and check that the disk is not mounted read-only.",
        ),
    ),
    Code.DATABASE_FULL: (
        (
            QT_TRANSLATE_NOOP("Sentences", "There is no room left for the database {url}."),
            QT_TRANSLATE_NOOP("Sentences", "There is no room left for the database."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "No mail was taken from a server that was not stored. Free disk space or raise the limit, then try again.",
        ),
    ),
    Code.DATABASE_NEWER: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "A newer version of this program has upgraded the database {url} (to {schema}; this version knows "
                "{program}).",
            ),
            QT_TRANSLATE_NOOP("Sentences", "A newer version of this program has upgraded the database."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was touched; use that version or a newer one."),
    ),
    Code.DATABASE_OLDER: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", 'The database {url} is older ("{schema}") than this version of the program ("{program}").'
            ),
            QT_TRANSLATE_NOOP("Sentences", "The database is older than this version of the program."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "A shared database is upgraded on request only: make a backup, tell the others, then upgrade it.",
        ),
    ),
    Code.DATABASE_DAMAGED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The database {url} is damaged, or none of this program's: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The database is damaged, or none of this program's."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Do not write to it; restore the last backup. Mail that is still on a server comes again."
        ),
    ),
    Code.DATABASE_ON_NETWORK: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The embedded database {path} lies on a network share ({filesystem})."),
            QT_TRANSLATE_NOOP("Sentences", "The embedded database lies on a network share."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Locking cannot be relied on there. Keep it on a local disk; to share one, use a database server.",
        ),
    ),
    Code.DATABASE_URL: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The address of the database cannot be used: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The address of the database cannot be used."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Correct it and try again."),
    ),
    Code.DATABASE_URL_HAS_PASSWORD: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            "The address of the database holds a password, which others could read, so it is refused. Use the "
            "database's own means, such as a password file.",
        ),
    ),
    Code.DATABASE_UNSAFE: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "The database server may confirm what it has not yet written ({setting} = {value})."
            ),
            QT_TRANSLATE_NOOP("Sentences", "The database server may confirm what it has not yet written."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Mail could be lost in a crash; have that setting changed."),
    ),
    # keys and passwords
    Code.KEYRING_MISSING: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "This computer offers no keyring to keep the key to the passwords in ({detail})."
            ),
            QT_TRANSLATE_NOOP("Sentences", "This computer offers no keyring to keep the key to the passwords in."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Install one."),
        _OTHER_KEEPER,
    ),
    Code.KEYRING_LOCKED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The keyring is locked ({detail})."),
            QT_TRANSLATE_NOOP("Sentences", "The keyring is locked."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Unlock it (sign in to the desktop), then try again."),
        _OTHER_KEEPER,
    ),
    Code.KEYRING_SWALLOWS: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The keyring ({backend}) took the key and did not give it back."),
            QT_TRANSLATE_NOOP("Sentences", "The keyring took the key and did not give it back."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was entrusted to it. Set up another keyring."),
        _OTHER_KEEPER,
    ),
    Code.KEYRING_SILENT: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The keyring did not answer within {time}."),
            QT_TRANSLATE_NOOP("Sentences", "The keyring did not answer in time."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Perhaps it waits for somebody to unlock it: look for its window behind this one, then try again.",
        ),
    ),
    Code.KEYRING_FAILED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The keyring ({backend}) reported an error of its own."),
            QT_TRANSLATE_NOOP("Sentences", "The keyring reported an error of its own."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Try again; its own words say more."),
        _OTHER_KEEPER,
    ),
    Code.TWO_KEY_SOURCES: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "A key file ({key_file}) and a passphrase file ({passphrase_file}) were both named."
            ),
            QT_TRANSLATE_NOOP("Sentences", "A key file and a passphrase file were both named."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Name one of them."),
    ),
    Code.KEY_FILE_MISSING: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "The key file {path} does not exist, but the passwords in the database need it."
            ),
            QT_TRANSLATE_NOOP("Sentences", "The key file does not exist, but the passwords in the database need it."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Choose the right file, or bring it back from a backup."),
        _OR_PASSPHRASE,
        _WITHOUT_KEY,
    ),
    Code.KEY_FILE_UNREADABLE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The key file {path} cannot be read or made: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The key file cannot be read or made."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "The user who runs this program must own it."),
    ),
    Code.KEY_FILE_MALFORMED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The file {path} is not a key file, or is damaged."),
            QT_TRANSLATE_NOOP("Sentences", "This file is not a key file, or is damaged."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Choose the right file, or bring it back from a backup."),
    ),
    Code.KEY_FILE_OPEN_TO_OTHERS: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "Others can read the file {path} (mode {mode}), which opens the passwords, so it is refused.",
            ),
            QT_TRANSLATE_NOOP("Sentences", "Others can read the file that opens the passwords, so it is refused."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Take away everybody's rights to it but your own (mode 0600), then try again."),
    ),
    Code.KEY_WRONG: (
        QT_TRANSLATE_NOOP("Sentences", "This key belongs to another database. Choose the key of this one."),
    ),
    Code.PASSPHRASE_FILE_UNREADABLE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The passphrase file {path} cannot be read: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The passphrase file cannot be read."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Correct its path or its permissions."),
    ),
    Code.PASSPHRASE_WRONG: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The passphrase does not fit this database. Enter it again; case and blanks count."
        ),
    ),
    Code.PASSPHRASE_TOO_SHORT: (
        QT_TRANSLATE_NOOP("Sentences", "The passphrase is too short to protect anything."),
        (
            QT_TRANSLATE_NOOP("Sentences", "Take at least {minimum} characters: several words."),
            QT_TRANSLATE_NOOP("Sentences", "Take several words."),
        ),
    ),
    Code.PASSPHRASE_NOT_SET: (
        QT_TRANSLATE_NOOP("Sentences", "The database has a key, but no copy of it that a passphrase could open."),
        _SET_PASSPHRASE,
    ),
    Code.SECRET_DAMAGED: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The stored password of the account "{name}" cannot be decrypted.'),
            QT_TRANSLATE_NOOP("Sentences", "A stored password cannot be decrypted."),
        ),
        QT_TRANSLATE_NOOP("Sentences", 'Press "Change..." beside the account\'s password and enter it again.'),
    ),
    Code.UNKNOWN_SECRET: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'No password is kept for the account "{name}".'),
            QT_TRANSLATE_NOOP("Sentences", "No such password is kept."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Edit the account and enter its password."),
    ),
}
"""Sentences over the facts of each code; those of which a fact is not known are left out."""


def without_bad_advice(parts: Parts, facts: Mapping[str, str]) -> str:
    """A keyring's error without its library's advice to keep passwords unencrypted."""
    detail = facts.get("detail", "")
    kept = {key: value for key, value in facts.items() if key != "detail" or not recommends_plain_text(detail)}
    return composed(parts, kept)


def folder_not_writable(facts: Mapping[str, str]) -> str:
    """For a folder of the program's own, and for one where a backup was to be made."""
    if "backup" in facts:
        backup = (
            QT_TRANSLATE_NOOP("Sentences", "The backup could not be written to the folder {path}: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The backup could not be written."),
        )
        todo = QT_TRANSLATE_NOOP("Sentences", "The database is as it was. Make room, or choose another disk.")
        return composed((backup, todo), facts)
    said = (
        QT_TRANSLATE_NOOP("Sentences", "The folder {path} cannot be made or written to: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "The folder cannot be made or written to."),
    )
    return composed((said, QT_TRANSLATE_NOOP("Sentences", "Correct its permissions, or choose another.")), facts)


def key_not_in_keyring(facts: Mapping[str, str]) -> str:
    """The ways in that there are."""
    said = QT_TRANSLATE_NOOP(
        "Sentences",
        "The key to this database's passwords is not in this computer's keyring; another computer or user made it.",
    )
    way = (
        QT_TRANSLATE_NOOP("Sentences", "Unlock the passwords here with the team's passphrase.")
        if facts.get("passphrase") == "yes"
        else _SET_PASSPHRASE
    )
    file = QT_TRANSLATE_NOOP("Sentences", "If the key is in a key file, choose that.")
    return composed((said, way, file, _WITHOUT_KEY), facts)
