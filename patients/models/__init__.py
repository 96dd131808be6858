from patients.models.course import Course, CourseApproval, CourseStep, TeamMember
from patients.models.patient import Contact, Medicine, Patient
from patients.models.protocol import ProtocolVersion

__all__ = [
    "Contact",
    "Course",
    "CourseApproval",
    "CourseStep",
    "Medicine",
    "Patient",
    "ProtocolVersion",
    "TeamMember",
]
