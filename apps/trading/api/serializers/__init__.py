"""The wire forms of prop trading: money as decimal-string dollars, sizes in lots and as decimal units."""
