"""Sources of contact. Each connector turns one kind of source into batches of interactions."""
