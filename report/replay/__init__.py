"""The page on how good the reports would have been in the past: text and pictures."""
