"""The button that signs in, within the account dialog: what it fills in, and what the account then signs in with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QObject

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.oauth import Authorization, Flow
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sign_in import SignedIn, SignInServices, words
from mailadmin.gui.sign_in.dialog import adopting
from mailadmin.gui.widgets.form import FormFields

from .authorization import AuthorizationGate
from .form import AccountForm

_FILLED_IN: Final = (("type", "host", "port"), ("username",), ("opens_mailbox",))
"""What a provider can tell of an account; fields that are of use together only."""


class SigningIn(QObject):
    """Carries what the panel, the form and the gate want of each other.

    :param read_account: the account as the form says
    """

    def __init__(
        self,
        form: AccountForm,
        fields: FormFields,
        gate: AuthorizationGate,
        services: SignInServices,
        read_account: Callable[[], IncomingAccount],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._form = form
        self._field = fields["authorization"]
        self._panel = form.sign_in.panel
        self._gate = gate
        self._services = services
        self._read_account = read_account
        self._panel.wanted.connect(self._on_wanted)
        self._panel.authorized.connect(self._on_authorized)
        self._panel.adopted.connect(self._on_adopted)
        self._by = ""
        """The uid of the profile by which somebody signs in."""
        for field in fields.values():
            field.edited.connect(gate.look)
            field.edited.connect(self._stop_for_another)
        gate.changed.connect(self._on_standing)

    def credential(self, stored: IncomingAccount) -> Callable[[], Secret] | None:
        """What the account that is shown signs in with, to be asked for in a task; None: there is nothing yet.

        :param stored: the account as it was read
        """
        if self._form.sign_in.by_oauth:
            return self._gate.credential()
        typed = self._form.password.typed
        if typed is not None:
            return lambda: typed
        if stored.id is None or stored.authentication is not Authentication.PASSWORD:
            return None
        return lambda: self._services.tokens.credential_of(stored)

    def _on_wanted(self, flow: Flow | None) -> None:
        self._field.set_fault("")
        profile = self._form.sign_in.chosen_profile
        self._by = profile.uid or "" if profile is not None else ""
        self._panel.begin(self._read_account(), flow)

    def _stop_for_another(self) -> None:
        """A sign-in by a way that is not chosen any more would go on out of sight."""
        if not self._panel.running:
            return
        rows, profile = self._form.sign_in, self._form.sign_in.chosen_profile
        if not rows.by_oauth or (profile is not None and profile.uid != self._by):
            self._panel.cancel()

    def _on_authorized(self, signed_in: SignedIn) -> None:
        authorization, shown = signed_in.authorization, self._read_account()
        profile = self._form.sign_in.chosen_profile
        if profile is not None and profile.uid == authorization.profile_uid:
            if told := _told(signed_in, shown):
                shown = replace(shown, **told)
                self._form.fill_in(shown)
            if not authorization.username.strip():  # nobody was named: it is for whom the account names now
                authorization = _of(authorization, shown.username)
        if authorization.flow.by_person:  # an application gets another token whenever it wants
            self._gate.hold(authorization)

    def _on_adopted(self, who: str) -> None:
        held = self._gate.authorization
        if held is not None:
            self._form.fill_in(adopting(self._read_account(), who))
            self._gate.hold(_of(held, who))

    def _on_standing(self) -> None:
        if self._gate.error is not None:
            self._panel.say(words.unknown())
        elif self._gate.known:
            self._panel.show_standing(self._gate.standing, self._read_account())


def _told(signed_in: SignedIn, shown: IncomingAccount) -> dict[str, Any]:
    """What the provider told, as far as nothing was entered there meanwhile."""
    told: dict[str, Any] = {}
    for fields in _FILLED_IN:
        asked, filled, now = (
            {name: getattr(account, name) for name in fields}
            for account in (signed_in.account, signed_in.filled, shown)
        )
        if filled != asked == now:
            told |= filled
    return told


def _of(authorization: Authorization, username: str) -> Authorization:
    """The sign-in of this user: whom the account names now is whoever has signed in."""
    return replace(authorization, username=username)
