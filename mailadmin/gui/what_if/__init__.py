"""What-if beside a form: what is shown there, tried on stored mail, before it is saved (PM-5)."""

from .examples import ExamplesDialog
from .panel import WhatIfPanel
from .side import WhatIfSide

__all__ = ["ExamplesDialog", "WhatIfPanel", "WhatIfSide"]
