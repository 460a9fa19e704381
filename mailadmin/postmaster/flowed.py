"""Text whose lines were broken on its way (RFC 3676, ``format=flowed``), put together again."""

from __future__ import annotations

from typing import Final

_SIGNATURE: Final = "-- "


def unflowed(text: str, *, keep_spaces: bool = True) -> str:
    """Join the lines that end with a blank to the next of the same quote depth.

    ``keep_spaces``: the blank belongs to the text (``delsp=no``, the rule).
    """
    out: list[str] = []
    pieces: list[str] = []
    depth = 0
    ended = text.endswith("\n")
    lines = text.removesuffix("\n").split("\n")
    for line in lines:
        bare = line.lstrip(">")
        quoted = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if pieces and quoted != depth:
            out.append(_quoted(pieces, depth))
            pieces = []
        depth = quoted
        if bare == _SIGNATURE:
            if pieces:
                out.append(_quoted(pieces, depth))
            out.append(_quoted([bare], depth))
            pieces = []
        elif bare.endswith(" "):
            pieces.append(bare if keep_spaces else bare[:-1])
        else:
            out.append(_quoted([*pieces, bare], depth))
            pieces = []
    if pieces:
        out.append(_quoted(pieces, depth))
    return "\n".join(out) + ("\n" if ended else "")


def _quoted(pieces: list[str], depth: int) -> str:
    line = "".join(pieces)
    if not depth:
        return line
    return f"{'>' * depth} {line}" if line else ">" * depth
