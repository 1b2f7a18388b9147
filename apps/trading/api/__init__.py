"""Prop accounts on the wire: read only and public, so that anybody can recompute a standing."""
