"""A QR code as a picture."""

import io

import segno


def svg(text: str) -> bytes:
    """Draw `text` as an SVG that grows with its box, dark on white whatever the page's colours are."""
    picture = io.BytesIO()
    segno.make(text, error="m").save(picture, kind="svg", light="#fff", omitsize=True)
    return picture.getvalue()
