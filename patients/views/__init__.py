from patients.views.charts import (
    changes,
    contact_edit,
    contact_new,
    detail,
    edit,
    new,
    patient_list,
)
from patients.views.courses import approvals, course_new, team, withdraw
from patients.views.protocols import protocol, protocols

__all__ = [
    "approvals",
    "changes",
    "contact_edit",
    "contact_new",
    "course_new",
    "detail",
    "edit",
    "new",
    "patient_list",
    "protocol",
    "protocols",
    "team",
    "withdraw",
]
