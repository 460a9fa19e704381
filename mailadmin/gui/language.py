"""The language of the window: English as written in the source, with its plurals."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from typing_extensions import override

_PLURAL: Final = re.compile(r"\((e?s)\)")


class EnglishPlurals(QTranslator):
    """Makes "3 accounts" and "1 account" of "%n account(s)", which Qt leaves to a translation even for English."""

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(
        self,
        context: str,
        sourceText: str,
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:
        if n < 0 or "(" not in sourceText:
            return None
        return _PLURAL.sub("" if n == 1 else r"\1", sourceText)


def install(application: QCoreApplication) -> None:
    """Speak in the language of the window from now on."""
    if QLocale.system().language() is QLocale.Language.C:  # a session without a locale: dates must be readable
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    application.installTranslator(EnglishPlurals(application))
