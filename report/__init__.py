"""The weekly email: data in, message out."""
