from base64 import b64encode
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

# The same files as on the pages, straight from the lock file's packages; the press fetches nothing, so they travel along.
FACES = [(weight, style) for weight in (400, 600, 700) for style in ("normal", "italic")]


def _font(weight: int, style: str) -> str:
    name = f"source-serif-4-latin-{weight}-{style}.woff2"
    data = b64encode((settings.ROOT / "node_modules/@fontsource/source-serif-4/files" / name).read_bytes()).decode()
    return (
        f'@font-face {{ font-family: "Source Serif 4"; font-weight: {weight}; font-style: {style};'
        f' src: url("data:font/woff2;base64,{data}"); }}\n'
    )


@cache
def stylesheet() -> str:
    """The print style with its fonts inlined."""
    found = finders.find("css/print.css")
    return "".join(_font(*face) for face in FACES) + Path(found).read_text(encoding="utf-8")
