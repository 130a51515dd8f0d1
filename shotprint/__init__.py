"""Self-hosted media fingerprints."""
