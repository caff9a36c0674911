"""HTTP to Google's APIs: requests, batches, quota, retries, and error responses."""
