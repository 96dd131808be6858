from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.audit import record_opening
from accounts.models import Membership
from accounts.rules.findings import Refused
from patients.actions import care
from patients.forms import ApprovalForm, ApprovalFormSet, CourseForm, TeamForm, WithdrawForm
from patients.models import Course, Patient, ProtocolVersion, TeamMember
from patients.rules.team import DUTIES

either = require_http_methods(["GET", "HEAD", "POST"])


@either
def course_new(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = get_object_or_404(Patient.objects.visible_to(request.grant), public_id=patient_id)
    form = CourseForm(request.POST or None, protocols=ProtocolVersion.objects.newest())
    approvals = ApprovalFormSet(request.POST or None, prefix="approvals")
    findings, status = (), 200
    if request.method == "POST":
        status = 422
        # Both are asked, so that all errors show at once.
        if all([form.is_valid(), approvals.is_valid()]):
            try:
                course = care.open_course(
                    patient,
                    **form.cleaned_data,
                    approvals=approvals.approvals,
                    by=request.user,
                    at=timezone.now(),
                    on=request.grant.on,
                )
            except Refused as refused:
                findings, status = refused.findings, 409
            else:
                messages.success(request, "The course is open. Next: the care team, then the screening.")
                return redirect("patients:team", course.public_id)
    context = {"patient": patient, "form": form, "approvals": approvals, "findings": findings}
    context["under_way"] = Course.objects.visible_to(request.grant).active().filter(patient=patient).first()
    return render(request, "patients/course_new.html", context, status=status)


@either
def team(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _course(request, course_id, "care team")
    members = (
        Membership.objects.visible_to(request.grant)
        .filter(clinic=course.clinic, user__is_active=True)
        .select_related("user")
        .prefetch_related("credentials")
        .order_by("user__name", "pk")
    )
    offered, not_offered = _offers(list(members), request)
    on_team = [member for member in course.team.select_related("user") if member.ends_on is None]
    by_user = {member.user_id: member for member in members}
    current = {row.duty: by_user[row.user_id] for row in on_team if row.user_id in by_user}
    for duty, member in current.items():
        if member not in offered[duty]:
            offered[duty].append(member)
    form = TeamForm(request.POST or None, members=members, offered=offered, current=current)
    findings, status = (), 200
    if request.method == "POST" and form.is_valid():
        try:
            care.assign_team(course, members=form.members, by=request.user, at=timezone.now(), on=request.grant.on)
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            messages.success(request, "The care team is saved.")
            return redirect("patients:team", course.public_id)
    context = {"course": course, "form": form, "findings": findings, "not_offered": not_offered}
    context["former"] = course.team.filter(ends_on__isnull=False).select_related("user").order_by("-ends_on")
    context["standing"] = [
        (TeamMember.Duty(duty).label, reason)
        for duty, member in current.items()
        for reason in care.team_refusals(member, duty, request.grant.on)
    ]
    return render(request, "patients/team.html", context, status=422 if form.errors else status)


@either
def approvals(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _course(request, course_id, "approvals")
    form = ApprovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        care.record_approval(course, approval=form.approval, by=request.user, at=timezone.now())
        messages.success(request, "The approval is recorded.")
        return redirect("patients:approvals", course.public_id)
    context = {"course": course, "form": form, "today": request.grant.on}
    context["findings"] = care.approval_findings(course, request.grant.on)
    context["approvals"] = course.approvals.all()
    return render(request, "patients/approvals.html", context, status=422 if form.errors else 200)


@either
def withdraw(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _course(request, course_id, "withdrawal")
    form = WithdrawForm(request.POST or None)
    findings, status = (), 200
    if request.method == "POST" and form.is_valid():
        try:
            care.withdraw(course, **form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            messages.success(request, f"The course of {course.patient} is withdrawn.")
            return redirect("patients:detail", course.patient.public_id)
    context = {"course": course, "form": form, "findings": findings}
    return render(request, "patients/withdraw.html", context, status=422 if form.errors else status)


def _course(request: HttpRequest, course_id: UUID, what: str) -> Course:
    rows = (
        Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol").defer("protocol__text")
    )
    course = get_object_or_404(rows, public_id=course_id)
    if request.method != "POST":
        record_opening(by=request.user, patient=course.patient, what=what, at=timezone.now())
    return course


def _offers(
    members: list[Membership], request: HttpRequest
) -> tuple[dict[str, list[Membership]], list[tuple[str, list[str]]]]:
    """For each duty who may take it; and, by duty, why others of the right role may not."""
    offered: dict[str, list[Membership]] = {}
    not_offered: list[tuple[str, list[str]]] = []
    for duty in TeamMember.Duty:
        offered[duty], sentences = [], []
        for member in members:
            reasons = care.team_refusals(member, duty, request.grant.on)
            if not reasons:
                offered[duty].append(member)
            elif DUTIES[duty].role in member.roles:
                sentences += [reason.sentence for reason in reasons]
        if sentences:
            not_offered.append((duty.label, sentences))
    return offered, not_offered
