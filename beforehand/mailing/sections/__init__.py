"""The sections of the weekly report, a file each: what is known made into rows and sentences."""
