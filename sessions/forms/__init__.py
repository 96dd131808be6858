"""Input of the sessions room turned into clean values."""
