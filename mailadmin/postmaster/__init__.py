"""What becomes of a message: a pure function of its octets, the account's facts, the routing and what was looked up."""
