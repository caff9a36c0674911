"""The weekly email: judgements in, message out; later the owner's answers."""
