"""Tells weeks before that the client secret of a profile ends (OA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain import forecast
from mailadmin.domain.accounts import Validity
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.gui.sentences import sign_ins
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.message_bar import Kind, MessageBar, Notice
from mailadmin.services.oauth import ProfileService

_HOUR: Final = 3_600_000
_EVERY_DAY: Final = 7
"""From so many days before the end it is said once a day; before that, once at each of the warnings."""


class ExpiryNotices(QObject):
    """Looks at the profiles now and then. A warning is said once, and in the last week once a day.

    :param bar: where it is said
    :param settings: where it is remembered that it was
    """

    profile_wanted = Signal(str)
    """The profile of this name is to be edited."""

    def __init__(
        self, profiles: ProfileService, bar: MessageBar, settings: WindowSettings, tasks: Tasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bar = bar
        self._settings = settings
        self._shown: dict[str, Notice] = {}
        self._profiles = profiles
        self._loader: Loader[str, Sequence[OAuthProfile]] = Loader(
            tasks, "read profiles", lambda _: self._in_use(), self
        )
        self._loader.loaded.connect(self._on_loaded)
        self._timer = QTimer(self, interval=_HOUR)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Read the profiles, and say what is due."""
        self._loader.load("all")

    def _in_use(self) -> list[OAuthProfile]:
        """The profiles that a secret's end would be felt of. In a task."""
        valid = [profile for profile in self._profiles.all() if profile.validity is Validity.VALID]
        return [profile for profile in valid if self._profiles.used_by(profile)]

    def _on_loaded(self, _: str, profiles: Sequence[OAuthProfile]) -> None:
        now = datetime.now(UTC)
        due = [(profile, days) for profile in profiles if (days := forecast.expiring(profile, now)) is not None]
        for uid in self._shown.keys() - {profile.uid for profile, _ in due}:
            self._take_away(uid)
        for profile, days in due:
            self._say(profile, days, now)

    def _say(self, profile: OAuthProfile, days: int, now: datetime) -> None:
        uid, end = profile.uid or "", profile.secret_expires
        assert end is not None, "something ends"
        today = now.astimezone().date()
        stamp = f"{end} {days}" if days > _EVERY_DAY else f"{end} {days} {today}"
        key = f"said/{uid}/client-secret"
        if self._settings.text(key) == stamp:
            return
        self._settings.set_text(key, stamp)
        self._take_away(uid)
        kind = Kind.WARNING if days else Kind.ERROR
        said = sign_ins.secret_ends(profile, end, today)
        notice = self._bar.show_notice(kind, said, details=sign_ins.new_secret(profile))
        notice.add_action(self.tr("Edit profile..."), lambda: self.profile_wanted.emit(profile.name))
        self._shown[uid] = notice

    def _take_away(self, uid: str) -> None:
        """It was said before, and is otherwise now: a new secret, fewer days, or a profile that nobody uses."""
        notice = self._shown.pop(uid, None)
        if notice is not None and notice in self._bar.notices:
            notice.dismiss()
