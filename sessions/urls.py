from django.urls import path

from sessions.views import (
    calendar,
    deviations,
    dosing,
    feeds,
    gatherings,
    hours,
    mending,
    moving,
    notes,
    office,
    outside,
    planning,
    preferences,
    presence,
    resources,
    undoing,
    visits,
    waiting,
)

app_name = "sessions"

urlpatterns = [
    # the calendar
    path("calendar/", calendar.calendar, name="calendar"),
    path("courses/<uuid:course_id>/plan/", planning.plan, name="plan"),
    path("courses/<uuid:course_id>/plan/book/", planning.book, name="book"),
    path("visits/<uuid:visit_id>/", visits.visit, name="visit"),
    path("visits/<uuid:visit_id>/move/", moving.move, name="move"),
    path("visits/<uuid:visit_id>/fits/", moving.fits, name="fits"),
    path("visits/<uuid:visit_id>/length/", mending.lengthen, name="lengthen"),
    path("visits/<uuid:visit_id>/cancel/", mending.cancel, name="cancel"),
    path("visits/<uuid:visit_id>/late/", undoing.late, name="late"),
    path("visits/events/<uuid:event_id>/take-back/", undoing.take_back_event, name="take_back"),
    path("courses/<uuid:course_id>/mend/", mending.mend, name="mend"),
    path("courses/<uuid:course_id>/deviations/", deviations.deviation, name="deviation"),
    path("calendar/changes/<uuid:change_id>/undo/", undoing.undo, name="undo"),
    path("clinic/leave/<uuid:leave_id>/mend/", mending.mend_leave, name="mend_leave"),
    path("clinic/gatherings/", gatherings.gatherings, name="gatherings"),
    path("clinic/gatherings/<uuid:gathering_id>/off/", gatherings.gathering_off, name="gathering_off"),
    path("clinic/absence/", mending.absence, name="absence"),
    # the calendar for other calendars
    path("feeds/<str:token>.ics", feeds.feed, name="feed"),
    path("calendar/feeds/", feeds.feeds, name="feeds"),
    path("clinic/rooms/feeds/", feeds.room_feeds, name="room_feeds"),
    path("calendar/elsewhere/", outside.outside, name="outside"),
    # what the office keeps
    path("clinic/rooms/", office.rooms, name="rooms"),
    path("clinic/leave/", office.leave, name="leave"),
    # everybody who waits, planned together
    path("courses/waiting/", waiting.waiting, name="waiting"),
    path("courses/waiting/<uuid:run_id>/", waiting.run, name="run"),
    path("courses/waiting/<uuid:run_id>/progress/", waiting.run_progress, name="run_progress"),
    path("courses/waiting/<uuid:run_id>/stop/", waiting.run_stop, name="run_stop"),
    path("courses/waiting/<uuid:run_id>/book/", waiting.run_book, name="run_book"),
    path("courses/waiting/<uuid:run_id>/discard/", waiting.run_discard, name="run_discard"),
    path("courses/waiting/<uuid:run_id>/again/", waiting.run_again, name="run_again"),
    # what the clinic has to plan with
    path("courses/<uuid:course_id>/preferences/", preferences.preferences, name="preferences"),
    path("clinic/working-hours/", resources.working_hours, name="working_hours"),
    path("clinic/working-hours/<uuid:membership_id>/", resources.working_week, name="working_week"),
    path("clinic/duty/", resources.duty, name="duty"),
    path("clinic/left-outside/", resources.left_outside, name="left_outside"),
    # the record of a visit
    path("visits/<uuid:public_id>/presence/", presence.presence, name="presence"),
    path("visits/<uuid:public_id>/close/", dosing.close, name="close"),
    path("visits/<uuid:public_id>/note/", notes.note, name="note"),
    path("visits/<uuid:public_id>/note/draft/", notes.draft, name="draft"),
    path("visits/<uuid:public_id>/note/discard/", notes.discard, name="discard"),
    path("visits/<uuid:public_id>/note/sign/", notes.sign, name="sign"),
    path("visits/<uuid:public_id>/note/addendum/", notes.addendum, name="addendum"),
    # the dosing day
    path("visits/<uuid:public_id>/dosing/", dosing.day, name="dosing"),
    path("visits/<uuid:public_id>/dosing/flow/", dosing.flow, name="flow"),
    path("visits/<uuid:public_id>/dosing/check/", dosing.check, name="check"),
    path("visits/<uuid:public_id>/dosing/clear/", dosing.clear, name="clear"),
    path("visits/<uuid:public_id>/dosing/dose/", dosing.dose, name="dose"),
    path("visits/<uuid:public_id>/dosing/withhold/", dosing.withhold, name="withhold"),
    path("visits/<uuid:public_id>/dosing/vital/", dosing.vital, name="vital"),
    path("visits/<uuid:public_id>/dosing/effect/", dosing.effect, name="effect"),
    path("visits/<uuid:public_id>/dosing/effect/end/", dosing.effect_end, name="effect_end"),
    path("visits/<uuid:public_id>/dosing/touch/", dosing.touch, name="touch"),
    # hours
    path("hours/", hours.hours, name="hours"),
    path("courses/<uuid:public_id>/hours/", hours.course_hours, name="course_hours"),
]
