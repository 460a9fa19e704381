"""The what-if panel beside the form of a dialog, and the button that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from mailadmin.domain.validation import Fault, InvalidRecordError
from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.record_dialog import RecordDialog
from mailadmin.services.what_if import Proposal, WhatIfService

from .panel import WhatIfPanel


class WhatIfSide(QObject):
    """Puts the panel into a dialog, hidden until its button is pressed. To be made before the dialog begins.

    :param proposal: what the dialog's form says
    :param faults: of a proposal, those that make trying it pointless; called in a task
    :param pins: whether messages can be pinned as examples
    """

    def __init__(
        self,
        dialog: RecordDialog[Any],
        what_if: WhatIfService,
        proposal: Callable[[], Proposal],
        *,
        faults: Callable[[Proposal], list[Fault]] | None = None,
        pins: bool = False,
    ) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._find_faults = faults
        self.panel = WhatIfPanel(what_if, dialog.tasks, proposal, dialog, faults=self._refuse, pins=pins)
        self.split = dialog.add_beside(self.panel)
        self.panel.hide()
        self.button = dialog.add_help_button(self.tr("&What if"))
        self.button.setCheckable(True)
        self.button.setIcon(icon("flask-outline"))
        self.button.setToolTip(self.tr("Try what the form says on stored mail, before it is saved"))
        self.button.toggled.connect(self._on_toggled)
        dialog.finished.connect(self.panel.leave)
        self.panel.help_wanted.connect(dialog.help_wanted)

    def _refuse(self, proposal: Proposal) -> None:
        faults = self._find_faults(proposal) if self._find_faults is not None else []
        if faults:
            raise InvalidRecordError((self._dialog.table, "", fault) for fault in faults)

    def _on_toggled(self, shown: bool) -> None:
        """The dialog becomes wider by the panel, as far as there is room."""
        dialog, panel = self._dialog, self.panel
        room = dialog.screen().availableSize().width()
        width = panel.sizeHint().width()
        dialog.keep_width()
        panel.setVisible(shown)
        dialog.resize(min(dialog.width() + (width if shown else -panel.width()), room), dialog.height())
        if shown:
            panel.try_button.setFocus()
