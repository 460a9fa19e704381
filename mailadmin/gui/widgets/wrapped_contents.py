"""Contents of a scroll area that are never clipped."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLayout, QWidget
from typing_extensions import override


class WrappedContents(QWidget):
    """What is in a scroll area, always as high as its wrapped texts need.

    A QScrollArea reckons with the width that it had before its scroll bar came, and a QFormLayout lays out with heights
    that it reckoned earlier; either clips.
    """

    @override
    def event(self, event: QEvent) -> bool:
        placing = event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize}
        if placing:
            for inner in self.findChildren(QLayout):
                inner.invalidate()
        done = super().event(event)
        layout = self.layout()
        if placing and layout is not None:
            height = max(0, layout.totalHeightForWidth(self.width()))
            if height != self.minimumHeight():
                self.setMinimumHeight(height)
        return done
