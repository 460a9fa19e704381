"""Inline styles of a stranger's HTML: the few declarations that only say how a text looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_NAMES: Final = r"[a-z]{3,20}"
COLOUR: Final = re.compile(
    rf"#[0-9a-f]{{3}}|#[0-9a-f]{{6}}|rgb\( ?\d{{1,3}} ?, ?\d{{1,3}} ?, ?\d{{1,3}} ?\)|{_NAMES}", re.I
)
"""A colour without transparency."""
_INVISIBLE: Final = frozenset({"transparent", "inherit", "currentcolor", "initial", "unset", "revert"})
_WHITES: Final = frozenset({"white", "snow", "ivory", "azure", "ghostwhite", "whitesmoke", "mintcream", "floralwhite"})
_LIGHT: Final = 0xE6
_SIZE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)(px|pt|em|rem|%)", re.I)
_SIZES: Final[Mapping[str, tuple[float, float]]] = {
    "px": (8, 48), "pt": (6, 36), "em": (0.6, 3), "rem": (0.6, 3), "%": (60, 300),
}  # fmt: skip
"""Smaller cannot be read, larger covers the window."""
_LENGTH: Final = r"(?:0|\d{1,2}(?:\.\d{1,2})?(?:px|pt))"
_ALLOWED: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "color": COLOUR.pattern,
        "background-color": COLOUR.pattern,
        "background": COLOUR.pattern,
        "font-family": r"[\w ,'\"-]{1,200}",
        "font-size": rf"{_SIZE.pattern}|x-small|small|medium|large|x-large|smaller|larger",
        "font-style": r"normal|italic|oblique",
        "font-weight": r"normal|bold|bolder|lighter|[1-9]00",
        "text-align": r"left|right|center|justify",
        "text-decoration": r"none|underline|line-through|overline",
        "vertical-align": r"baseline|sub|super|top|middle|bottom",
        "white-space": r"normal|pre|pre-wrap|nowrap",
        "list-style-type": r"disc|circle|square|decimal|lower-alpha|upper-alpha|lower-roman|upper-roman|none",
        "width": r"\d{1,3}px|(?:\d{1,2}|100)%",
        **dict.fromkeys(("margin", "padding"), rf"{_LENGTH}(?: {_LENGTH}){{0,3}}"),
        **{f"{name}-{side}": _LENGTH for name in ("margin", "padding") for side in ("top", "right", "bottom", "left")},
        "border": rf"(?:none|0|\d(?:px|pt) (?:solid|dotted|dashed|double) (?:{COLOUR.pattern}))",
        "border-collapse": r"collapse|separate",
    }.items()
}


def safe_style(style: str) -> str:
    """The declarations of a style that only say how a text looks; empty when there are none.

    Text in the colour of its own ground, or in white where no ground is named, loses its colour.
    """
    if "\\" in style or "/*" in style:  # nobody writes these by hand; they hide words from a filter
        return ""
    kept: dict[str, str] = {}
    for declaration in style.split(";")[:50]:
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        value = value.strip().removesuffix("!important").strip()
        allowed = _ALLOWED.get(name)
        if allowed is not None and allowed.fullmatch(value) and _is_readable(name, value):
            kept["background-color" if name == "background" else name] = value
    ground = kept.get("background-color", "")
    if "color" in kept and not is_shown(kept["color"], ground):
        del kept["color"]
    return ";".join(f"{name}:{value}" for name, value in kept.items())


def is_shown(colour: str, ground: str = "") -> bool:
    """Whether a text of this colour can be told from its ground (white when none is named)."""
    colour, ground = colour.lower(), ground.lower()
    if ground:
        same = _channels(colour) == _channels(ground) if _channels(colour) else colour == ground
        return not same
    channels = _channels(colour)
    return not all(channel >= _LIGHT for channel in channels) if channels else colour not in _WHITES


def _is_readable(name: str, value: str) -> bool:
    if "color" in name or name == "background":
        return value.lower() not in _INVISIBLE
    if name == "font-size" and (match := _SIZE.fullmatch(value)):
        least, most = _SIZES[match[2].lower()]
        return least <= float(match[1]) <= most
    return True


def _channels(colour: str) -> tuple[int, ...]:
    """Red, green and blue of a colour that is written in numbers; empty for a name."""
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return tuple(int(number) for number in re.findall(r"\d+", colour))
