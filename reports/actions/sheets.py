import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

from reports.actions.press import NotPrinted

FONT = re.compile(r'url\("?(?P<path>\./files/[\w.-]+\.woff2)"?\)')
FACE = re.compile(r"@font-face\{[^}]*latin-ext[^}]*\}")
ABSENT = re.compile(r',\s*url\(\)\s*format\("woff"\)')


def _inlined(path: str) -> str:
    found = finders.find("dist/" + path.removeprefix("./"))
    if found is None:
        raise NotPrinted("The fonts of the printed page are missing: the front end was not built.")
    return f'url("data:font/woff2;base64,{b64encode(Path(found).read_bytes()).decode()}")'


@cache
def stylesheet() -> str:
    """The bundle's style of the printed page with its fonts inlined: the press fetches nothing, so they travel along.

    Raises NotPrinted where the front end was not built.
    """
    found = finders.find("dist/print.css")
    if found is None:
        raise NotPrinted("The style of the printed page is missing: the front end was not built.")
    css = Path(found).read_text(encoding="utf-8")
    # Two files of one family: the renderer takes either for every letter, so the further letters get a name of their own.
    css = FACE.sub(lambda match: match[0].replace('"Source Serif 4"', '"Source Serif 4 further"'), css)
    css = ABSENT.sub("", css)
    return FONT.sub(lambda match: _inlined(match["path"]), css)
