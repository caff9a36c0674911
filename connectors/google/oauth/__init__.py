"""OAuth 2.0 with Google: consent, credentials, and the refresh of tokens."""
