"""Pages about OAuth2: profiles of providers, and the accounts that sign in by them (OA-1, OA-7)."""
