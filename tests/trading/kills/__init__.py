"""Random schedules of work, killed at random named points, repaired and compared with an undisturbed run."""
