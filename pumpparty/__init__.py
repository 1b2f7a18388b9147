"""The composition root: settings, routing, the runtime and what spans every domain."""
