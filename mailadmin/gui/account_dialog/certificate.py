"""A server's certificate, shown to whoever must decide whether to trust it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QStyle, QVBoxLayout, QWidget

from mailadmin.domain.errors import Code
from mailadmin.domain.outside_text import shown
from mailadmin.domain.validation import fingerprint
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import plain_label, selectable, wrapped_label
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

Button = QDialogButtonBox.ButtonRole


def grouped(digits: str) -> str:
    """A fingerprint as people compare it: pairs of digits between colons; what is none is left alone."""
    clean = fingerprint(digits).upper()
    if len(clean) != 64:
        return digits
    return ":".join(clean[at : at + 2] for at in range(0, len(clean), 2))


class CertificateDialog(QDialog):
    """Shows a certificate's facts and its fingerprint.

    :param facts: of a check's line or error: subject, issuer, names, not_before, not_after, fingerprint, as known
    :param problem: what is wrong with it; where trusting it would mend that, it is offered
    """

    trusted = Signal(str)
    """The fingerprint: this certificate is to be trusted."""

    def __init__(self, facts: Mapping[str, str], problem: Code | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Certificate of the server"))
        self._fingerprint = facts.get("fingerprint", "")
        contents = WrappedContents(self)
        column = QVBoxLayout(contents)
        why = self._why(problem)
        if why:
            column.addWidget(wrapped_label(why, self))
        column.addLayout(self._facts(facts))
        if why:
            column.addWidget(
                wrapped_label(
                    self.tr(
                        "Trust it only if this fingerprint is the one that the administrator of the mail server "
                        "tells you. The account then accepts this certificate and no other, also after its end."
                    ),
                    self,
                )
            )
        column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(contents)
        buttons = self._buttons(offered=bool(why and self._fingerprint))
        around = QVBoxLayout(self)
        around.addWidget(area, 1)
        around.addWidget(buttons)
        self._fit(area, column, around)

    def _fit(self, area: QScrollArea, column: QVBoxLayout, around: QVBoxLayout) -> None:
        """As high as all facts need, on this screen; never so narrow that one would have to scroll sideways."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        area.setMinimumWidth(column.minimumSize().width() + bar)
        width = max(area.minimumWidth(), self.fontMetrics().averageCharWidth() * 90)
        margins = around.contentsMargins()
        others = self.sizeHint().height() - area.sizeHint().height() + self.fontMetrics().height()
        height = column.totalHeightForWidth(width - bar) + others
        self.resize(
            width + margins.left() + margins.right(), min(height, round(self.screen().availableSize().height() * 0.9))
        )

    def _why(self, problem: Code | None) -> str:
        if problem is Code.TLS_UNKNOWN_CA:
            return self.tr("This computer does not know who signed this certificate.")
        if problem is Code.TLS_EXPIRED:
            return self.tr("This certificate has expired.")
        if problem is Code.TLS_WRONG_NAME:
            return self.tr("This certificate is for another host than the account names.")
        if problem is Code.TLS_PIN_MISMATCH:
            return self.tr("This is not the certificate that is pinned.")
        return ""

    def _facts(self, facts: Mapping[str, str]) -> QGridLayout:
        said = (
            (self.tr("Subject"), facts.get("subject", "")),
            (self.tr("Issuer"), facts.get("issuer", "")),
            (self.tr("Names"), facts.get("names", "")),
            (self.tr("Valid from"), times.iso_date(facts.get("not_before", ""))),
            (self.tr("Valid until"), times.iso_date(facts.get("not_after", ""))),
        )
        values = [(label, self._value(label, shown(text) or self.tr("not said"))) for label, text in said]
        digits = self._value(self.tr("SHA-256 fingerprint"), _in_lines(self._fingerprint))
        digits.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        grid = QGridLayout()  # a form layout would squeeze the labels beside a long text
        grid.setColumnStretch(1, 1)
        for row, (label, value) in enumerate([*values, (self.tr("SHA-256 fingerprint"), digits)]):
            place = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop
            grid.addWidget(plain_label(label, self), row, 0, place)
            grid.addWidget(value, row, 1)
        return grid

    def _value(self, label: str, text: str) -> QLabel:
        value = selectable(wrapped_label(text, self))
        value.setAccessibleName(self.tr("{label}: {value}").format(label=label, value=text))
        return value

    def _buttons(self, *, offered: bool) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        self.copy_button = buttons.addButton(self.tr("&Copy fingerprint"), Button.ActionRole)
        self.copy_button.clicked.connect(self._copy)
        self.trust_button = buttons.addButton(self.tr("&Trust this certificate"), Button.AcceptRole)
        self.trust_button.setVisible(offered)
        self.trust_button.clicked.connect(self._trust)
        self.close_button = buttons.addButton(self.tr("Cancel") if offered else self.tr("Close"), Button.RejectRole)
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.reject)
        self.close_button.setFocus()
        return buttons

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(grouped(self._fingerprint))

    def _trust(self) -> None:
        self.trusted.emit(self._fingerprint)
        self.accept()


def _in_lines(digits: str) -> str:
    text = grouped(digits)
    return f"{text[:47]}\n{text[48:]}" if len(text) == 95 else text
