"""The MegaETH Terminal: its PKCE flow and its profiles."""
