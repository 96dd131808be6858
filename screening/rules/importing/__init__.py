"""A FHIR R4 record from elsewhere, read into proposals that a clinician confirms one by one. Nothing here decides anything."""
