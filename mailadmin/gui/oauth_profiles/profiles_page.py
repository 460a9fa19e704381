"""The page *Profiles*: by which registrations accounts sign in with OAuth2 (OA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.confirm import confirm_delete, refuse_delete
from mailadmin.gui.widgets.list_page import ListPage, ListWords
from mailadmin.services.oauth import ProfileService
from mailadmin.services.secrets import SecretService

from .columns import ProfileLine, needs_somebody, profile_columns
from .profile_dialog import ProfileDialog

translate = QCoreApplication.translate


class ProfilesPage(ListPage[ProfileLine]):
    """Lists the profiles and edits them."""

    secrets_setup_wanted = Signal(object)
    """No key to the secrets is at hand, says this ProfileDialog."""
    counted = Signal(int)
    """How many profiles need somebody."""

    def __init__(
        self,
        *,
        profiles: ProfileService,
        secrets: SecretService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._profiles = profiles
        self._secrets = secrets
        words = ListWords(
            title=translate("ProfilesPage", "Profiles"),
            subtitle=translate("ProfilesPage", "How this program is registered where accounts sign in by OAuth2"),
            menu=translate("ProfilesPage", "&Profile"),
            add=translate("ProfilesPage", "&Add profile"),
            nothing_there=translate(
                "ProfilesPage",
                "There are no profiles. A profile says how this program is registered at Microsoft, Google or another "
                "provider; accounts that sign in by OAuth2 name one.",
            ),
        )
        super().__init__(
            "profiles",
            words,
            profile_columns(),
            help_page="oauth2.md",
            tasks=tasks,
            settings=settings,
            duplicates=True,
            parent=parent,
        )
        self.add_button(self.add_new_action, primary=True)

    # --- what it shows ---

    @override
    def read(self) -> Sequence[ProfileLine]:
        service = self._profiles
        return [
            ProfileLine(profile, service.used_by(profile).accounts, service.has_credential(profile))
            for profile in service.all()
        ]

    @override
    def rows_of(self, answer: Sequence[ProfileLine]) -> Sequence[ProfileLine]:
        today = datetime.now().astimezone().date()
        self.counted.emit(sum(line.accounts != () and needs_somebody(line, today) for line in answer))
        return answer

    @override
    def record_of(self, row: ProfileLine) -> OAuthProfile:
        return row.profile

    @override
    def name_of(self, row: ProfileLine) -> str:
        return row.profile.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 profile") if count == 1 else self.tr("%Ln profiles", "", count)

    # --- verbs ---

    @override
    def dialog_for(self, row: ProfileLine | None, *, copy: bool = False) -> ProfileDialog:
        return self._dialog(OAuthProfile(name="", provider=Provider.MICROSOFT) if row is None else row.profile)

    @override
    def duplicate(self, row: ProfileLine) -> None:
        self.work("copy", lambda: self._profiles.duplicate(row.profile), lambda copy: self._open(self._dialog(copy)))

    def edit_named(self, name: str) -> None:
        """Open the dialog of the profile of that name, as it is stored now."""
        self.work("read one", lambda: self._profiles.get(name), lambda profile: self._open(self._dialog(profile)))

    @override
    def save_validity(self, records: Sequence[OAuthProfile], validity: Validity) -> Sequence[OAuthProfile]:
        return self._profiles.set_validity(records, validity)

    @override
    def delete(self, rows: Sequence[ProfileLine]) -> None:
        self.work(
            "look for uses",
            lambda: [replace(row, accounts=self._profiles.used_by(row.profile).accounts) for row in rows],
            self._ask,
        )

    def _dialog(self, profile: OAuthProfile) -> ProfileDialog:
        dialog = ProfileDialog(profile, profiles=self._profiles, secrets=self._secrets, tasks=self.tasks, parent=self)
        dialog.secrets_setup_wanted.connect(lambda: self.secrets_setup_wanted.emit(dialog))
        return dialog

    def _ask(self, rows: Sequence[ProfileLine]) -> None:
        if used := [row for row in rows if row.accounts]:
            self._refuse(rows, used)
            return
        several = len(rows) > 1
        confirm_delete(
            self,
            self.tr("Delete profiles") if several else self.tr("Delete profile"),
            self.tr("Delete {counted}?").format(counted=self.number_of(len(rows)))
            if several
            else self.tr('Delete profile "{name}"?').format(name=rows[0].profile.name),
            self.tr(
                "What goes: the profile and its secret, which cannot be brought back. What stays: the registration at "
                "the provider; if nothing else needs it, delete it there as well. No account signs in by what is "
                "deleted."
            ),
            self.tr("&Delete {counted}").format(counted=self.number_of(len(rows)))
            if several
            else self.tr("&Delete profile"),
            partial(self.delete_all, rows, lambda profile: self._profiles.delete([profile])),
            self.tr("Set to &invalid"),
            partial(self.set_validity, rows, Validity.INVALID),
        )

    def _refuse(self, rows: Sequence[ProfileLine], used: Sequence[ProfileLine]) -> None:
        several = len(rows) > 1
        said = [
            self.tr('Profile "{name}" is used by: {names}').format(name=row.profile.name, names=listing(row.accounts))
            for row in used
        ]
        said.append(self.tr("Give these accounts another profile, or delete them first."))
        refuse_delete(
            self,
            self.tr("Profile in use"),
            self.tr("Nothing was deleted: {counted} of {all} are in use.").format(counted=len(used), all=len(rows))
            if several
            else self.tr('Profile "{name}" cannot be deleted: accounts sign in by it.').format(
                name=rows[0].profile.name
            ),
            "\n\n".join(said),
        )
