"""The money path on a real EVM: our vault, its reader and its signer against the local chain, and against liars."""
