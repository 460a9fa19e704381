"""The button that signs in, within the account dialog: what it fills in, and what the account then signs in with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.oauth import Authorization, Flow
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sign_in import SignedIn, SignInServices
from mailadmin.gui.sign_in.dialog import adopting
from mailadmin.gui.widgets.form import FormFields

from .authorization import AuthorizationGate
from .form import AccountForm

_FILLED_IN: Final = ("type", "host", "port", "username", "opens_mailbox")
"""What a provider can tell of an account."""


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
        for field in fields.values():
            field.edited.connect(gate.look)
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
        self._panel.begin(self._read_account(), flow)

    def _on_authorized(self, signed_in: SignedIn) -> None:
        authorization, asked, filled = signed_in.authorization, signed_in.account, signed_in.filled
        told = {one: getattr(filled, one) for one in _FILLED_IN if getattr(filled, one) != getattr(asked, one)}
        if told:  # what was entered meanwhile stays
            self._form.fill_in(replace(self._read_account(), **told))
        if "username" in told:
            authorization = _of(authorization, filled.username)
        if authorization.flow.by_person:  # an application gets another token whenever it wants
            self._gate.hold(authorization)

    def _on_adopted(self, who: str) -> None:
        held = self._gate.authorization
        if held is not None:
            self._form.fill_in(adopting(self._read_account(), who))
            self._gate.hold(_of(held, who))

    def _on_standing(self) -> None:
        if self._gate.known:
            self._panel.show_standing(self._gate.standing, self._read_account())


def _of(authorization: Authorization, username: str) -> Authorization:
    """The sign-in of this user: whom the account names now is whoever has signed in."""
    return replace(authorization, username=username)
