"""Roles played in memory."""
