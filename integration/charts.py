"""Draws the outcome chart as SVG on the server: no script and no style, so that the page's policy lets it through."""

import re
from html import escape
from uuid import uuid4

from integration.rules.outcomes import Series
from integration.rules.pictures import describe, outcome_picture

# The library gives every group of marks a role without a name; the title and the table say it better.
NAMELESS_ROLES = re.compile(r' role="graphics-[a-z]+"| aria-roledescription="[^"]*"')


def outcome_svg(charted: Series, *, for_print: bool = False) -> str:
    """The chart of one instrument, to be put into a page or a document as it is. Needs at least one score."""
    # Imported here: the drawing library hangs in a process that was forked after it was loaded.
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(outcome_picture(charted, for_print=for_print))
    name = f"chart-{uuid4().hex[:8]}"
    opening, rest = NAMELESS_ROLES.sub("", drawn).split(">", 1)
    return f'{opening} role="img" aria-labelledby="{name}"><title id="{name}">{escape(describe(charted))}</title>{rest}'
