"""What the well-known coins are called in titles, and which of those words mean something else as well."""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "AAVE": ("Aave",),
    "ADA": ("Cardano",),
    "ALGO": ("Algorand",),
    "APT": ("Aptos",),
    "ARB": ("Arbitrum",),
    "ASTER": ("AsterDEX", "Aster DEX"),
    "BCH": ("Bitcoin Cash",),
    "BERA": ("Berachain",),
    "BNB": ("Binance Coin",),
    "BSV": ("Bitcoin SV",),
    "BTC": ("Bitcoin",),
    "CRV": ("Curve DAO", "Curve Finance"),
    "DOGE": ("Dogecoin",),
    "DOT": ("Polkadot",),
    "DYDX": ("dYdX",),
    "EIGEN": ("EigenLayer", "EigenCloud"),
    "ENA": ("Ethena",),
    "ENS": ("Ethereum Name Service",),
    "ETC": ("Ethereum Classic",),
    "ETH": ("Ethereum", "Ether"),
    "ETHFI": ("ether.fi",),
    "FARTCOIN": ("Fartcoin",),
    "FIL": ("Filecoin",),
    "GALA": ("Gala Games",),
    "HBAR": ("Hedera",),
    "HYPE": ("Hyperliquid",),
    "ICP": ("Internet Computer",),
    "IMX": ("Immutable X", "ImmutableX"),
    "INJ": ("Injective",),
    "JTO": ("Jito",),
    "KAS": ("Kaspa",),
    "LDO": ("Lido DAO", "Lido"),
    "LINEA": ("Linea",),
    "LINK": ("Chainlink",),
    "LTC": ("Litecoin",),
    "MEGA": ("MegaETH",),
    "MKR": ("MakerDAO",),
    "MNT": ("Mantle Network",),
    "MON": ("Monad",),
    "NEAR": ("NEAR Protocol",),
    "ONDO": ("Ondo Finance",),
    "OP": ("Optimism (OP)", "OP Mainnet"),
    "PAXG": ("PAX Gold",),
    "PENDLE": ("Pendle",),
    "PENGU": ("Pudgy Penguins",),
    "POL": ("Polygon",),
    "PUMP": ("Pump.fun", "PumpFun"),
    "PYTH": ("Pyth Network",),
    "RUNE": ("THORChain",),
    "SEI": ("Sei Network",),
    "SHIB": ("Shiba Inu",),
    "SOL": ("Solana",),
    "SPX": ("SPX6900",),
    "STRK": ("Starknet",),
    "SUI": ("Sui Network",),
    "TAO": ("Bittensor",),
    "TIA": ("Celestia",),
    "TON": ("Toncoin",),
    "TRUMP": ("Official Trump", "Trump Coin", "Trump memecoin"),
    "UNI": ("Uniswap",),
    "VIRTUAL": ("Virtuals Protocol",),
    "WIF": ("dogwifhat",),
    "WLD": ("Worldcoin",),
    "WLFI": ("World Liberty Financial",),
    "XLM": ("Stellar Lumens",),
    "XMR": ("Monero",),
    "XRP": ("XRP",),
    "ZEC": ("Zcash",),
    "ZK": ("zkSync",),
    "ZRO": ("LayerZero",),
}
"""Full names that mean the coin wherever they stand, by the symbol of one whole unit."""

WEAK_NAMES: Mapping[str, tuple[str, ...]] = {
    "ATOM": ("Cosmos",),
    "AVAX": ("Avalanche",),
    "JUP": ("Jupiter",),
    "ONDO": ("Ondo",),
    "OP": ("Optimism",),
    "PEPE": ("Pepe",),
    "BONK": ("Bonk",),
    "S": ("Sonic",),
    "SEI": ("Sei",),
    "STX": ("Stacks",),
    "SUI": ("Sui",),
    "TRX": ("Tron",),
    "XLM": ("Stellar",),
    "XPL": ("Plasma",),
    "XRP": ("Ripple",),
}
"""Names that are other things too: they count only as they are written here, beside words about a price or a token."""

_PLAIN = (
    "AAVE ADA ALGO ATOM AVAX BCH BNB BSV BTC CRV DOGE DYDX ENA ETC ETH ETHFI FARTCOIN HBAR ICP INJ JTO JUP LDO LTC "
    "MKR PAXG PENDLE PENGU PEPE SEI SHIB SOL SUI TAO TIA TRX WIF WLD WLFI XLM XMR XRP ZEC ZRO"
)
PLAIN_TICKERS = frozenset(_PLAIN.split())
"""Tickers that say enough in capitals; all others (LINK, NEAR, UNI, TON, OP, S ...) need a $ or a pair."""

MISLEADING_TICKERS = frozenset({"SPX"})
"""Tickers that mean something outside crypto first (the S&P 500): only a full name counts."""
