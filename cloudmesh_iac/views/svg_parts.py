"""What do our pictures share: the document around them, its colours, and texts that XML takes."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

# Okabe and Ito's colours: they stay apart for colour-blind readers and in print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#333333")
_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_document(parts: Iterable[str], *, title: str, width: float, height: float) -> str:
    """Return a document on a white ground that needs nothing else, with a last line break."""
    wide, high = px(width), px(height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'width="{wide}" height="{high}" role="img" font-family="{_FONT}">',
        f"<title>{xml_text(title)}</title>",
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def px(number: float) -> str:
    """Two decimals are finer than any screen, and the same on every machine."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def xml_text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))
