from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """One answer for what is absent and for what is not yours."""
    return render(request, "404.html", status=404)
