"""Object stores over HTTP: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage."""
