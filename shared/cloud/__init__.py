"""Short-lived credentials of AWS, Google Cloud and Azure, for this process or for an object."""
