"""Placeholder."""
def learn(openapi, directory, context): return None
