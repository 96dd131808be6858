import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from reminders.actions.fence import is_fenced
from reminders.actions.marking import decide as settle
from reminders.actions.sending import message_for
from reminders.forms import DecisionForm
from reminders.models import Reminder
from reminders.rules.states import State, Step

FILTERS = {
    "waiting": ("Next", (State.PENDING, State.SENDING)),
    "sent": ("Sent", (State.SENT,)),
    "held": ("Held back or replaced", (State.SUPPRESSED, State.SUPERSEDED)),
    "open": ("To be settled", (State.UNKNOWN, State.FAILED)),
    "all": ("All", tuple(State)),
}
A_PAGE = 30


def log(request: HttpRequest) -> HttpResponse:
    """Everything that was, is or will be sent, and what a person has to settle."""
    shown = request.GET.get("show", "waiting")
    shown = shown if shown in FILTERS else "waiting"
    mine = Reminder.objects.visible_to(request.grant).select_related("visit__course__patient", "alert_reader__user")
    rows = mine.filter(state__in=FILTERS[shown][1])
    rows = rows.order_by("due_at", "pk") if shown == "waiting" else rows
    now = timezone.now()
    waiting = mine.due(now).first()
    return render(
        request,
        "reminders/log.html",
        {
            "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
            "open": mine.for_a_person(),
            "filters": [(key, title, key == shown) for key, (title, _) in FILTERS.items()],
            "shown": shown,
            "fenced": is_fenced(),
            "waits_since": waiting.due_at if waiting and (now - waiting.due_at).total_seconds() > 300 else None,
        },
    )


def decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One reminder with its history; a person settles what the mail server left open."""
    rows = Reminder.objects.visible_to(request.grant).select_related("clinic", "visit__course__patient")
    reminder = get_object_or_404(rows, public_id=public_id)
    form = DecisionForm(request.POST or None, choices=reminder.choices)
    if request.method == "POST" and form.is_valid():
        step = Step(form.cleaned_data["step"])
        try:
            state = settle(reminder, step=step, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Settled. {State(state).value.capitalize()} from now on.")
            return redirect("reminders:log")
    record_opening(by=request.user, patient=reminder.course.patient, what="a reminder", at=timezone.now())
    return render(
        request,
        "reminders/decide.html",
        {"reminder": reminder, "form": form, "message": message_for(reminder), "attempts": reminder.attempts.all()},
    )


def course(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What one patient and their team are sent, visit by visit, in the very words."""
    rows = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    course = get_object_or_404(rows, public_id=public_id)
    reminders = list(
        Reminder.objects.visible_to(request.grant)
        .filter(visit__course=course)
        .select_related("clinic", "visit__course__patient")
        .order_by("due_at", "pk")
    )
    record_opening(by=request.user, patient=course.patient, what="reminders", at=timezone.now())
    ahead = [reminder for reminder in reminders if reminder.state in (State.PENDING, State.SENDING)]
    return render(
        request,
        "reminders/course.html",
        {
            "course": course,
            "ahead": [(reminder, message_for(reminder)) for reminder in ahead],
            "past": [reminder for reminder in reversed(reminders) if reminder not in ahead],
        },
    )
