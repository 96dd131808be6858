"""The demonstration clinic: deterministic, dated relative to today, plainly fictional."""
