"""{% ribbon picture %} draws a course; {% ribbon picture printed=True %} carries its own colours, for the PDF."""

from typing import Any

from django import template

from sessions.rules.ribbon import Picture

register = template.Library()


@register.inclusion_tag("parts/_ribbon.html")
def ribbon(picture: Picture, *, printed: bool = False, table: bool = True) -> dict[str, Any]:
    """`table=False` leaves out the table in words where the page shows it already."""
    return {"picture": picture, "printed": printed, "table": table}
