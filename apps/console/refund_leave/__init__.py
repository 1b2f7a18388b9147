"""Leave to give audition fees back: what waits for a second person, first, and what was decided."""
