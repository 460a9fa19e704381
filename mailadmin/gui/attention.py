"""What needs somebody: counted in the navigation, and told above the pages, whatever page is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mailadmin.services.oauth import ProfileService

from .inbox import InboxPage
from .incoming import IncomingPage, SignInNotices
from .main_window import MainWindow
from .oauth_profiles import ProfilesPage
from .settings import WindowSettings
from .sign_in import ExpiryNotices
from .tasks import Tasks


class Attention(QObject):
    """Keeps the counts up to date, and tells which accounts begin to need a sign-in and which secrets end.

    :param window: furnished with the pages
    :param settings: where it is remembered what was told
    """

    sign_in_wanted = Signal(object)
    """Somebody is to sign in for this IncomingAccount."""
    profile_wanted = Signal(str)
    """The OAuth2 profile of this name is to be edited."""

    def __init__(
        self,
        window: MainWindow,
        incoming: IncomingPage,
        profiles: ProfilesPage,
        inbox: InboxPage,
        *,
        service: ProfileService,
        settings: WindowSettings,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._inbox = inbox
        self._pages = (incoming, profiles)
        incoming.counted.connect(lambda count: window.navigation.set_count(incoming, count))
        profiles.counted.connect(lambda count: window.navigation.set_count(profiles, count))
        inbox.counted.connect(lambda count: window.navigation.set_count(inbox, count))
        self._sign_ins = SignInNotices(window.bar, self)
        incoming.rows_read.connect(self._sign_ins.look)
        self._sign_ins.sign_in_wanted.connect(self.sign_in_wanted)
        self._sign_ins.accounts_wanted.connect(lambda: window.go_to(incoming))
        self._expiry = ExpiryNotices(service, window.bar, settings, tasks, self)
        self._expiry.profile_wanted.connect(self.profile_wanted)

    def look(self) -> None:
        """Something has changed, or may have: read anew what is counted and told."""
        for page in self._pages:
            if page is not self._window.page:  # which reads by itself
                page.refresh()
        self._inbox.refresh_counts()
        self._expiry.look()
