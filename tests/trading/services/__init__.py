"""Tests of prop trading."""
