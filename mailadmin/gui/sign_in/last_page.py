"""What the browser's last page says, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import errors
from mailadmin.gui.sentences.wording import translate
from mailadmin.services.oauth.answer_words import AnswerWords


def last_page() -> AnswerWords:
    """The words of the pages that end a sign-in in the browser."""
    return AnswerWords(
        language=QLocale().bcp47Name(),
        signed_in=translate("LastPage", "You are signed in"),
        signed_in_hint=translate("LastPage", "You can close this page and go back to mailadmin."),
        failed=translate("LastPage", "The sign-in did not work"),
        failed_because=_because,
        quoted=translate("LastPage", "The provider said: {words}"),
        failed_hint=translate("LastPage", "You can close this page. To try again, begin in mailadmin."),
        stray=translate("LastPage", "This is not the page that is waited for"),
        stray_because=translate(
            "LastPage", "The address belongs to another sign-in, or is not complete. Nothing was changed."
        ),
        stray_hint=translate("LastPage", "Go on in the page where you sign in, or begin again in mailadmin."),
        over=translate("LastPage", "This sign-in was answered before"),
        over_because=translate("LastPage", "Each sign-in counts once; mailadmin says how it ended."),
        over_hint=translate("LastPage", "You can close this page."),
    )


def _because(error: MailadminError) -> str:
    return errors.sentence(error)
