"""Access to Google: asked for, kept, renewed, and told apart where it ended."""
