"""The practice chain of `up`: where no vault is configured, an EVM on this machine keeps one; in production nobody does."""
