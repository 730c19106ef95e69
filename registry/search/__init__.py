"""Find anything: what matches (pure), what there is to find, and when something was last so."""
