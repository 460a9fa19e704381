"""Signing in: Microsoft (msal), Google and any OpenID provider (google-auth-oauthlib); the loopback listener."""
