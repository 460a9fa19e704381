"""Writes what the tests unpack: TNEF files and CMS objects."""

from __future__ import annotations

import struct
from typing import Any

from asn1crypto import cms

MESSAGE = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"


def attribute(level: int, name: int, data: bytes) -> bytes:
    """One attribute of a TNEF file, with its checksum."""
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*entries: tuple[int, int, bytes]) -> bytes:
    """A list of MAPI properties: type, tag, value (variable values get their length and padding)."""
    out = struct.pack("<I", len(entries))
    for kind, tag, value in entries:
        out += struct.pack("<HH", kind, tag)
        if kind in {0x0D, 0x1E, 0x1F, 0x102}:
            out += struct.pack("<II", 1, len(value))
        out += value + b"\0" * (-len(value) % 4)
    return out


def file(content: bytes, title: bytes = b"", *entries: tuple[int, int, bytes]) -> bytes:
    """The attributes of one file in a TNEF file."""
    out = attribute(2, 0x00069002, b"\0" * 14)
    out += attribute(2, 0x00018010, title + b"\0") if title else b""
    out += attribute(2, 0x0006800F, content) if content else b""
    return out + (attribute(2, 0x00069005, properties(*entries)) if entries else b"")


def tnef(*parts: bytes, page: int = 1252) -> bytes:
    """A TNEF file of some attributes."""
    head = attribute(1, 0x00089006, struct.pack("<I", 0x10000)) + attribute(1, 0x00069007, struct.pack("<II", page, 0))
    return b"\x78\x9f\x3e\x22\x01\x00" + head + b"".join(parts)


def message(*entries: tuple[int, int, bytes]) -> bytes:
    """The attribute with the properties of the message."""
    return attribute(1, 0x00069003, properties(*entries))


def signed(content: bytes | None) -> bytes:
    """A CMS SignedData around some octets, without a signer."""
    inner: dict[str, Any] = {"content_type": "data"}
    if content is not None:
        inner["content"] = content
    data = cms.SignedData({"version": "v1", "digest_algorithms": [], "encap_content_info": inner, "signer_infos": []})
    octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return octets


def enveloped() -> bytes:
    """A CMS EnvelopedData."""
    data = cms.EnvelopedData(
        {
            "version": "v0",
            "recipient_infos": [],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": b"\0" * 16},
                "encrypted_content": b"secret",
            },
        }
    )
    octets: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": data}).dump()
    return octets


def signed_in_pieces(pieces: bytes) -> bytes:
    """A CMS SignedData of indefinite lengths, as programs write it that stream, around pieces of an octet string."""
    data, signed_data = (bytes.fromhex(f"06092a864886f70d01070{kind}") for kind in (1, 2))
    content = b"\x30\x80" + data + b"\xa0\x80\x24\x80" + pieces + b"\0\0" * 3
    inner = b"\x30\x80\x02\x01\x01\x31\x00" + content + b"\x31\x00" + b"\0\0"
    return b"\x30\x80" + signed_data + b"\xa0\x80" + inner + b"\0\0" * 2
