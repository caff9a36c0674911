"""Pulls connectors into the store; the store itself; who is who."""
