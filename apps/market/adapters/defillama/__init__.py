"""DefiLlama over HTTP: value locked, stablecoins, volumes, fees and open interest, parsed strictly."""
