"""The money desk: payments, refunds, what does not agree with the chain, and the books; in ETH and in exact wei."""
