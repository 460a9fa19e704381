"""Secrets, encrypted under one key. The only package that knows keyring and cryptography."""
