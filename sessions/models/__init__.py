from sessions.models.calendar import Allocation, Closure, Leave, Room, Visit, WorkingTime

__all__ = ["Allocation", "Closure", "Leave", "Room", "Visit", "WorkingTime"]
