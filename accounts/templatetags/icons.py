"""{% lucide "star" size=18 %}: an icon drawn once for all pages, because the library copies and writes it anew every time."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as drawn

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def lucide(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    return SafeString(drawn(name, size=size, **attributes))
