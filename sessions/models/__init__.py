from sessions.models.calendar import Allocation, Closure, Gathering, Leave, Room, Visit, WorkingTime
from sessions.models.changes import Deviation, Rearrangement, RoomClosure, VisitChange, VisitEvent
from sessions.models.elsewhere import BusyTime, Feed
from sessions.models.monitoring import Dose, Effect, Touch, VitalSign
from sessions.models.notes import Addendum, Note, NoteDraft, NoteVersion, Signature
from sessions.models.planning import PlanningRun, Preference, RunCourse
from sessions.models.record import DayCheck, Presence, SessionStep, TherapySession

__all__ = [
    "Addendum",
    "Allocation",
    "BusyTime",
    "Closure",
    "DayCheck",
    "Deviation",
    "Dose",
    "Effect",
    "Feed",
    "Gathering",
    "Leave",
    "Note",
    "NoteDraft",
    "NoteVersion",
    "PlanningRun",
    "Preference",
    "Presence",
    "Rearrangement",
    "Room",
    "RoomClosure",
    "RunCourse",
    "SessionStep",
    "Signature",
    "TherapySession",
    "Touch",
    "Visit",
    "VisitChange",
    "VisitEvent",
    "VitalSign",
    "WorkingTime",
]
