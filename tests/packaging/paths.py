"""Where the parts of the repository are that these tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKS: Final = {name: ROOT / "packaging" / "requirements" / f"{name}.lock" for name in ("run", "test")}
