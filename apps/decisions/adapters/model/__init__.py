"""Models behind the OpenAI-compatible protocol: the port, its client, and a provider for practice."""
