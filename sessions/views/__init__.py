"""Pages of the sessions room: the calendar, the dosing day, notes and hours."""
