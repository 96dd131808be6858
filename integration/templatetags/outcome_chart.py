from django import template
from django.utils.safestring import SafeString, mark_safe

from integration.charts import outcome_svg
from integration.rules.outcomes import Series

register = template.Library()


@register.simple_tag
def outcome_chart(charted: Series, for_print: bool = False) -> SafeString:
    """The chart of one series, drawn on the server."""
    # Our own drawing: numbers, dates and words of the rules; its one title is escaped where it is made.
    return mark_safe(outcome_svg(charted, for_print=for_print))  # noqa: S308


@register.filter
def points(change: int | None) -> str:
    """A change in points with its sign, and a true minus."""
    if change is None:
        return ""
    return f"+{change}" if change > 0 else f"{change}".replace("-", "−")


@register.filter
def known(answer: bool | None) -> str:
    """Yes, no, or unknown."""
    return {True: "Yes", False: "No", None: "Unknown"}[answer]


@register.filter
def minus(number: str) -> str:
    """A formatted number with a true minus."""
    return str(number).replace("-", "−")
