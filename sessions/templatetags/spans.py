from django import template

from sessions.rules import spans

register = template.Library()


@register.filter
def spoken(minutes: float) -> str:
    """1 h 30 min."""
    return spans.spoken(minutes)


@register.filter
def as_hours(minutes: float) -> str:
    """Minutes as hours with one decimal: 13.5 h."""
    return f"{minutes / 60:.1f} h"


@register.filter
def decimal_hours(minutes: float) -> str:
    """Minutes as hours with one decimal, for a table whose heading names the unit: 13.5."""
    return f"{minutes / 60:.1f}"
