"""Who is treated: the patient, contacts, medicines, approvals and care team, the course and the protocol it follows.

Nouns: Patient, Contact, Medicine, Course, CourseApproval, TeamMember, ProtocolVersion. Verbs: take in, open a course, assign, withdraw, publish.
"""
