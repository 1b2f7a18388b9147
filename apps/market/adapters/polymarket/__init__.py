"""Polymarket's Gamma API: prediction markets about crypto."""
