"""Decisions on the wire: anybody may read actions and reasons, the owner also what lay behind them."""
