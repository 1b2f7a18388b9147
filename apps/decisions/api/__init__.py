"""Decisions on the wire: operators and programs read actions and reasons, the owner also what lay behind them."""
