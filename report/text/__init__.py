"""All words that an owner reads, by subject. Sentences are made here and nowhere else."""
