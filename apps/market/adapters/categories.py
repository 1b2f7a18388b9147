"""What kind of thing each well-known perpetual is about: an editorial table, kept by hand (2026-11)."""

from collections.abc import Mapping

from apps.market.adapters.contracts import units_of
from apps.market.types import AssetCategory

_SYMBOLS: Mapping[AssetCategory, str] = {
    AssetCategory.MAJOR: "BTC ETH SOL XRP BNB",
    AssetCategory.LAYER_1: """
        ADA ALGO APT ATOM AVAX BCH BERA CELO CFX DASH DOT EGLD EOS ETC FTM GAS HBAR HYPE ICP INIT INJ IOTA IP KAS KAVA
        LTC MINA MON NEAR NEO NXPC OM ONE QTUM ROSE S SEI STX SUI TIA TON TRX VET WAVES XLM XMR XPL XTZ ZEC ZEN ZIL
    """,
    AssetCategory.LAYER_2: """
        ARB BLAST BOBA CANTO DYM IMX LINEA MANTA MANTLE MATIC MAV MEGA METIS MNT MODE MOVE OP POL SCR SKL SOPH STRK
        TAIKO ZETA ZK ZKSYNC ZORA
    """,
    AssetCategory.DEFI: """
        1INCH AAVE AERO ASTER AVNT BADGER BAL BANANA CAKE COMP CRV CVX DRIFT DYDX EIGEN ENA ETHFI FLUID FXS GMX JTO JUP
        LDO LINK LISTA LQTY MKR MORPHO MNGO ONDO PENDLE PYTH RDNT REZ RPL RSR RUNE SKY SNX STG
        SUSHI SYRUP TRB UMA UNI USUAL VELO W WLFI XVS YFI ZRO ZRX
    """,
    AssetCategory.MEME: """
        ANIME BABY BOME BONK BRETT CHILLGUY DOGE DOGS FARTCOIN FLOKI GOAT HMSTR JELLY MELANIA MEME MEW MOODENG MYRO
        NEIRO NEIROETH NOT PENGU PEOPLE PEPE PNUT POPCAT PUMP SHIB SPX TRUMP TURBO USELESS WIF YZY
    """,
    AssetCategory.AI: """
        0G ACT AI AI16Z AIXBT AKT ARC ARKM FET GRASS GRIFFAIN GRT IO KAITO NMR OLAS PHA PROMPT PROVE RENDER RNDR SAHARA TAO
        VIRTUAL VVV WLD ZEREBRO
    """,
}
_CATEGORIES = {symbol: category for category, symbols in _SYMBOLS.items() for symbol in symbols.split()}


def category_of(symbol: str) -> AssetCategory:
    """Return the category of a perpetual; a k-coin has its coin's, an unknown one is `OTHER`."""
    coin = symbol.removeprefix("k") if units_of(symbol) > 1 else symbol
    return _CATEGORIES.get(coin, AssetCategory.OTHER)
