"""Linking Terminal profiles and keeping what is known of them fresh."""
