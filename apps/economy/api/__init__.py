"""Economy on the wire: what an audition costs, what was paid, what it bought, and what is given back."""
