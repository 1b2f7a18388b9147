"""The moderation queue: what people reported, gathered by clone, and what an operator does about it."""
