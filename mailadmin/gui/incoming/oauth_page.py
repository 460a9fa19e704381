"""The page *OAuth2 accounts*: the incoming accounts that sign in by OAuth2, and how they stand (OA-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Authentication
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import oauth, problems, states, times
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.confirm import confirm_delete
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.table_page import ListWords
from mailadmin.services.accounts import AccountService
from mailadmin.services.oauth import TokenService
from mailadmin.services.schedule import ScheduleService

from .columns import account_columns
from .page import IncomingPage
from .rows import AccountRow, said_by_server, state_icon, state_text

_PICTURES: Final = {
    SignInState.SIGNED_IN: ("account-check-outline", Tone.GOOD),
    SignInState.NEEDED: ("account-alert-outline", Tone.BAD),
    SignInState.BY_ITSELF: ("cog-outline", Tone.GOOD),
}
_URGENCY: Final = (SignInState.NEEDED, SignInState.SIGNED_IN, SignInState.BY_ITSELF)
"""What the state is sorted by: what needs somebody comes first."""


class OAuthAccountsPage(IncomingPage):
    """The table of accounts again, with those that sign in by OAuth2 only, and what concerns that.

    :param tokens: what is cleared on demand
    """

    page_key = "oauth-accounts"
    page_help = "oauth2.md"
    sorted_by = "sign-in"

    @staticmethod
    @override
    def page_words() -> ListWords:
        return ListWords(
            title=translate("OAuthAccountsPage", "OAuth2 accounts"),
            subtitle=translate("OAuthAccountsPage", "Incoming accounts that sign in by OAuth2, and how long they will"),
            menu=translate("OAuthAccountsPage", "&Account"),
            add=translate("OAuthAccountsPage", "Add OAuth2 accou&nt"),
            nothing_there=translate(
                "OAuthAccountsPage",
                "No account signs in by OAuth2. Microsoft 365 and Google want that instead of a password: add a "
                "profile first, then an account that names it.",
            ),
        )

    @staticmethod
    @override
    def page_columns() -> tuple[Column[AccountRow], ...]:
        return oauth_columns()

    def __init__(
        self,
        *,
        accounts: AccountService,
        schedule: ScheduleService,
        tokens: TokenService,
        tasks: Tasks,
        settings: WindowSettings,
        scheduled: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            accounts=accounts, schedule=schedule, tasks=tasks, settings=settings, scheduled=scheduled, parent=parent
        )
        self._tokens = tokens
        self.verbs.add.setText(self.tr("Add OAuth2 accou&nt..."))
        self.add_separator()
        self.clear_tokens = self.add_action(
            self.tr("Clear all to&kens..."),
            "broom",
            self._ask_to_clear,
            tip=self.tr("Forget every sign-in that is stored. Profiles and accounts stay."),
        )
        self.table.set_context_actions(self.menu_actions)

    @override
    def read(self) -> list[AccountRow]:
        return [row for row in super().read() if row.account.authentication is Authentication.OAUTH2]

    # --- clearing ---

    def _ask_to_clear(self) -> None:
        confirm_delete(
            self,
            self.tr("Clear all tokens"),
            self.tr("Forget the stored tokens of all accounts?"),
            self.tr(
                "What goes: every sign-in that is stored here. What stays: profiles with their secrets, accounts, mail "
                "and tickets.\n\nAccounts that somebody signed in for need a new sign-in, one by one, before they are "
                "fetched again; a program that signs in by itself gets a new token by itself. The providers are not "
                "told: to end a token there as well, revoke it at the provider."
            ),
            self.tr("&Clear all tokens"),
            self._clear,
        )

    def _clear(self) -> None:
        task = self.tasks.task("clear tokens", lambda task: self._tokens.clear())
        task.succeeded.connect(self._on_cleared)
        task.failed.connect(self.show_error)
        self.tasks.start(task)

    def _on_cleared(self, count: int) -> None:
        said = (
            self.tr("Cleared the tokens of {accounts}").format(accounts=times.accounts(count))
            if count
            else self.tr("There were no tokens to clear")
        )
        self.said.emit(said)
        self.changed.emit()
        self.refresh()


def oauth_columns() -> tuple[Column[AccountRow], ...]:
    """From left to right; those that the incoming accounts have as well are theirs."""
    theirs = {column.key: column for column in account_columns()}
    return (
        _standing(),
        replace(theirs["account"], second=lambda row: row.account.opens_mailbox or row.account.username),
        Column(
            key="username",
            title=lambda: translate("OAuthAccountsPage", "Signs in as"),
            text=_identity,
            tooltip=_identity,
            elide=Qt.TextElideMode.ElideMiddle,
            width=18,
        ),
        Column(
            key="profile",
            title=lambda: problems.field_label(problems.ACCOUNT, "oauth_profile"),
            text=lambda row: row.account.oauth_profile,
            tooltip=lambda row: row.account.oauth_profile,
            width=12,
        ),
        replace(theirs["works-until"], shown=True),
        theirs["last-good"],
        theirs["comment"],
        replace(theirs["type"], shown=False),
        theirs["validity"],
        theirs["changed"],
        theirs["delete"],
    )


def _standing() -> Column[AccountRow]:
    return Column(
        key="sign-in",
        title=lambda: translate("OAuthAccountsPage", "Sign-in"),
        text=_standing_text,
        second=lambda row: oauth.needed_since(row.sign_in, datetime.now(UTC)),
        sort=lambda row: (0 if _is_over(row) else _URGENCY.index(_state(row)), row.account.name.casefold()),
        tooltip=_standing_tooltip,
        icon=_standing_icon,
        width=22,
        words=lambda: [states.sign_in_state(state) for state in SignInState],
    )


def _state(row: AccountRow) -> SignInState:
    return row.sign_in.state if row.sign_in is not None else SignInState.NEEDED


def _standing_text(row: AccountRow) -> str:
    return state_text(row) if row.busy else oauth.sign_in_state(row.sign_in)


def _standing_icon(row: AccountRow) -> QIcon:
    if row.busy:
        return state_icon(row)
    return icon("account-alert-outline", Tone.BAD) if _is_over(row) else icon(*_PICTURES[_state(row)])


def _is_over(row: AccountRow) -> bool:
    """Whether what it signs in with has ended, a secret above all, though no provider has refused it yet."""
    until = row.sign_in.works_until if row.sign_in is not None else None
    return until is not None and until <= datetime.now(UTC)


def _standing_tooltip(row: AccountRow) -> str:
    ended = oauth.works_until_sentence(row.sign_in, datetime.now(UTC)) if _is_over(row) else ""
    lines = [oauth.sign_in_sentence(row.sign_in, datetime.now(UTC)), ended, said_by_server(row)]
    return "\n".join(line for line in lines if line)


def _identity(row: AccountRow) -> str:
    """Who signs in: the one who did, else the one who is to; nobody where the program does."""
    if _state(row) is SignInState.BY_ITSELF:
        return translate("OAuthAccountsPage", "the program")
    return (row.sign_in.identity if row.sign_in is not None else "") or row.account.username
