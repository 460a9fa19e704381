"""The pages that the browser shows at the end of a sign-in: whole in themselves, and nothing may be loaded by them."""

from __future__ import annotations

import base64
import enum
import hashlib
from dataclasses import KW_ONLY, dataclass
from html import escape
from string import Template
from types import MappingProxyType
from typing import Final


class Tone(enum.StrEnum):
    """How a page looks: as good news, as bad news, as neither."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """What a page says.

    ``who``: the address that signed in; ``quote``: somebody else's words; ``hint``: what the reader may do now.
    """

    tone: Tone
    title: str
    text: str
    _: KW_ONLY
    hint: str = ""
    who: str = ""
    quote: str = ""
    language: str = "en"


# A light page on a dark one is a shock: both looks, by what the browser is set to. Contrast 4.5:1 and better in both.
_STYLE: Final = """
:root { color-scheme: light dark; --page: #f3f4f6; --card: #ffffff; --edge: #d9dce1; --text: #1c2128; --soft: #57606a;
  --good: #1a7f37; --bad: #b42318; --plain: #57606a; }
@media (prefers-color-scheme: dark) { :root { --page: #15181c; --card: #1f242a; --edge: #3a4149; --text: #e8eaed;
  --soft: #a6adb5; --good: #57c27a; --bad: #ff8a80; --plain: #a6adb5; } }
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--page); color: var(--text); }
main { width: 100%; max-width: 34rem; padding: 2.25rem 2.5rem 2rem; background: var(--card);
  border: 1px solid var(--edge); border-radius: 0.75rem; }
svg { display: block; width: 2.75rem; height: 2.75rem; margin-bottom: 1.25rem; fill: none; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round; }
.good svg { stroke: var(--good); } .bad svg { stroke: var(--bad); } .plain svg { stroke: var(--plain); }
h1 { margin: 0 0 0.5rem; font-size: 1.5rem; font-weight: 600; line-height: 1.25; }
p { margin: 0 0 0.75rem; overflow-wrap: anywhere; white-space: pre-line; }
.who { font-weight: 600; }
.hint, .quote { color: var(--soft); }
.quote { padding-left: 0.875rem; border-left: 3px solid var(--edge); font-size: 0.9375rem; }
footer { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--edge); color: var(--soft);
  font-size: 0.875rem; }
@media (max-width: 30rem) { main { padding: 1.5rem; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

FIELDS: Final = MappingProxyType(
    {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)
"""The header fields of every answer, so that nothing is loaded, kept, framed or passed on."""

_DRAWINGS: Final = {
    Tone.GOOD: '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>',
    Tone.BAD: '<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/>',
    Tone.PLAIN: '<circle cx="12" cy="12" r="10"/><path d="M12 11v5.5m0-9v.01"/>',
}
_PAGE: Final = Template("""\
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title - mailadmin</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<main class="$tone">
<svg viewBox="0 0 24 24" aria-hidden="true">$drawing</svg>
<h1>$title</h1>
$paragraphs
<footer>mailadmin</footer>
</main>
</body>
</html>
""")


def rendered(page: AnswerPage) -> bytes:
    """A page as HTML; what it says may come from anywhere and is only text in it."""
    paragraphs = (("who", page.who), ("text", page.text), ("quote", page.quote), ("hint", page.hint))
    return _PAGE.substitute(
        language=escape(page.language),
        title=escape(page.title),
        style=_STYLE,
        tone=page.tone.value,
        drawing=_DRAWINGS[page.tone],
        paragraphs="\n".join(f'<p class="{kind}">{escape(text)}</p>' for kind, text in paragraphs if text),
    ).encode("utf-8", "replace")
