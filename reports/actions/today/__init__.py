"""Today: what is next for a person, section by section, in each role they hold. Reads only what their roles reach."""
