"""What the browser's last page says. A face may bring its own words, in its own language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailadmin import diagnostics
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Grant
from mailadmin.domain.outside_text import shown
from mailadmin.oauth.answer_pages import AnswerPage, Tone
from mailadmin.oauth.listener import StandingPages


def _see_mailadmin(error: MailadminError) -> str:
    return "mailadmin says why, and what to do."


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """The words of the pages that end a sign-in in the browser.

    ``failed_because`` gives the sentence for an error, as a face shows it; the provider's own words follow it as
    ``{words}`` in ``quoted``.
    """

    language: str = "en"
    signed_in: str = "You are signed in"
    signed_in_hint: str = "You can close this page and go back to mailadmin."
    failed: str = "The sign-in did not work"
    failed_because: Callable[[MailadminError], str] = _see_mailadmin
    quoted: str = "The provider said: {words}"
    failed_hint: str = "You can close this page. To try again, begin in mailadmin."
    stray: str = "This is not the page that is waited for"
    stray_because: str = "The address belongs to another sign-in, or is not complete. Nothing was changed."
    stray_hint: str = "Go on in the page where you sign in, or begin again in mailadmin."
    over: str = "This sign-in was answered before"
    over_because: str = "Each sign-in counts once; mailadmin says how it ended."
    over_hint: str = "You can close this page."

    def success(self, grant: Grant) -> AnswerPage:
        """The page after a sign-in."""
        who = grant.identity.address if grant.identity is not None else ""
        return AnswerPage(Tone.GOOD, self.signed_in, "", who=who, hint=self.signed_in_hint, language=self.language)

    def failure(self, error: MailadminError) -> AnswerPage:
        """The page after a sign-in that failed."""
        because, words = self.failed_because(error), shown(diagnostics.SECRETS.scrub(error.server))
        quote = self.quoted.format(words=words) if words else ""
        return AnswerPage(Tone.BAD, self.failed, because, quote=quote, hint=self.failed_hint, language=self.language)

    def standing(self) -> StandingPages:
        """The pages for redirects that do not count."""
        return StandingPages(
            AnswerPage(Tone.PLAIN, self.stray, self.stray_because, hint=self.stray_hint, language=self.language),
            AnswerPage(Tone.PLAIN, self.over, self.over_because, hint=self.over_hint, language=self.language),
        )
