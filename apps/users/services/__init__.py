"""What may be done to users, their wallets and service tokens."""
