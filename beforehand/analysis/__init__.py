"""What is known of one owner's network as of a time: data, never sentences."""
