"""The way to Google's servers: requests, batches, the quota, and what refusals mean."""
