"""The button "OAuth2 Authorization" and what it shows while somebody signs in (OA-2, OA-3)."""
