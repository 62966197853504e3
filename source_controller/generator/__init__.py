"""The rooms of an ArtifactGenerator: what is copied from where, and what comes of it."""
