"""Tests of the venue's socket: its memory, its thread, its source."""
