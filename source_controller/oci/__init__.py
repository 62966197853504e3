"""The rooms of OCIRepository: who we are at a registry, which digest is meant, and which layer."""
