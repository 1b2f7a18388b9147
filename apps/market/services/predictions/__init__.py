"""Prediction markets: reading them from their source, keeping what changed, telling what they are about."""
