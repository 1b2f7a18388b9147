"""What owners and models write about trading, with every word that also stands beside secrets: none of it is one."""

PROMPTS = """\
Basic support/resistance play: price holds the lower band.
Basic trend-following/momentum: buy breakouts, sell breakdowns.
Basic mean-reversion/range on 1h candles, nothing else.
Basic risk-management=2%perday, never more.
Basic price-action/volume-profile reading with ema20/ema50/ema200 as filters.
Basic 1m/5m/15m/1h/4h/1d/1w alignment before any entry.
Keep it basic: buy dips-in-an-uptrend, sell rips-in-a-downtrend.
A basic long/short/flat strategy on BTC, ETH and SOL.
Basic higher-highs/higher-lows structure; exit at lower-low.
Basic idea: funding_rate>0.01 means crowded longs.
BASIC SUPPORT/RESISTANCE/BREAKOUT
Basic DCA=100usd/day until 95000.00, then stop.
Basic mathematics: risk=1%, reward=3%, hit-rate>30%.
basic_rules: no-trading-on-weekends, no-trading-at-cpi
Use basic fibonacci-retracement/0.618 as the entry zone.
Bearer trend-lines are broken, so wait for the retest.
The bearer sentiment 0.1234567890123456 says fear.
Bearer-market-rally: fade it into 98500.00-99000.00.
bearer divergence/rsi14 against price on the 4h chart
A bearer of bad news: open-interest-falls-while-price-rises.
The bearer instrument 2024-12-27/100000-C expires on Friday.
The bearer token/unlock of 12.5M units comes on 2025-03-01.
Token: 98500.00 is the pivot; above it long, below it short.
Token: 98500.00 holds
stop token at: 0.0001234 USD
"HYPE token" : 38.123456
The token=HYPE:38.1234 and the stop is 36.5.
token: BTC-PERP, size: 2500.00 USD, leverage: 3
Token = PEPE1000x, trade it with half the size.
token: kPEPE/USDC:USDC
Token: 0x6982508145454Ce325dDbE47a25d4ec3d2311933 (PEPE), trade only against USDC.
Token: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v is USDC on Solana.
Contract address: 0xdAC17F958D2ee523a2206206994597C13D831ec7
Watch the pool at 0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640 for large swaps.
WETH = 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2, WBTC = 0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599
Token:So11111111111111111111111111111111111111112 wrapped SOL
token: JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN
The token's unlock: 2024-11-01T00:00:00Z, 44,560,000 units
token_price: 0.00001234, token_supply: 420690000000000
Tokens: BTC, ETH, SOL; secrets: none; passwords: none.
If the token: pumps more than 10% in an hour, do nothing.
The token's fair value = 12.34567890 by the model of last week.
hype_token=38.1234;sol_token=212.50;btc_token=98500
meme_token: +45.67%/24h is a warning
governance_token = UNI/USDC-0.3%-pool
Token rotation: BTC->ETH->SOL->memes, one step at a time.
A secret of good trading: patience.
The secret: buy when others fear 98000.00-98500.00.
Secret sauce: vwap-reversion/1h with a stop at 1.5*atr14.
secret: accumulation/distribution before the move
My secret = 3x leverage, never 10x.
My secret level is 98500; the secret target is 104000.
Secret: BuyHighSellHigherNeverCatchFallingKnives
token: WrappedBitcoinOnArbitrumOne
Key: LongOnlyAboveTheTwoHundredDayAverage
There is no secret here, only discipline.
The secret = 0.618-0.65/golden-pocket
Secret ingredient: cumulative-volume-delta, 15-minute bars.
An open secret: market-makers hunt stops below 97,250.00.
Key level: 98500.00. Key level 2: 101250.50.
Key levels = 95000/98500/101250/104000
key level at: 98,500.00 USD, tested 3 times
Key: 200-day-moving-average at 88123.45
The key: higher-timeframe-structure first, entries second.
key_level=98500.00 and key_zone=97800-98200
KEY=SUPPORT/RESISTANCE, 1H+4H+1D
The key reversal of 2024-08-05 began at 49,577.00.
A key: do-not-trade-the-first-five-minutes.
Key figures: cpi=3.1%, fomc=5.25-5.50, nfp=256k
Public key levels: 100000, 105000, 110000.
Private key levels of mine: 98500.00, 97250.50 and 95125.25.
Private keynote: the fund manager talks at 14:00 UTC.
The access key to this market is liquidity.
Primary key: trend; secondary key: momentum; foreign key: correlation with SPX.
The secret key: patience and size.
An API key is not needed: use the data of the packet.
api key: none
API key levels do not exist; trade what the packet shows.
The password of the market is liquidity.
The password of the market: liquidity, and above 98500.00 momentum.
Password: breakout. If it is said, buy.
Password: BTC-USD-perp-15m, as always.
Market password = funding>0.01%/8h and rsi<30
Password: 12,345.67 or 98,500.00 on Friday!
Passphrase: 2.5%/day, 10%/week
The passphrase: buy-under-$95k, sell-at-$104k
API key: BTC at $65,000.00 and ETH/USDC-4h
Client secret: weekly-VWAP-2sigma
auth token: HYPE/USDC-4h, bot token: DOGE/USDC-1h
first_pass: trend-following/4h, second_pass: 98500.00
yes_token: 21742633143463906290569050155826241533067272736897614950488156847949938836455
level/open/close/market/average/price/above/gain/sell for what it may hold
See https://discord.com/channels/123456789012345678 and hooks.slack.com/help for the talk.
Say the password "risk-on" when SPX and BTC rise together.
Market password = volatility-contraction
The market's passphrase: buy-low-sell-high.
Credential of a trend: three higher lows.
Sign in to the trend late, sign out early.
Authorization to go long: price above ema200 and funding below 0.01%.
Authorization: long-only-above-ema200
Authorisation needed: both the 1h and the 4h trend agree.
authorization: breakout-and-retest-confirmed
The authorized size is 2,500.00 USD at 2x.
Authorize no trade within 30m of CPI.
Long BTC above 98,500.00; stop 97,250.00; target 104,000.00; risk 1%.
Short ETH at 3,333.33-3,350.00, stop at 3,410, cover half at 3,180.
Buy SOL at 201.2345, sell at 222.3456, never average down.
Scalp HYPE between 38.12 and 39.45 with trailing 150 bps.
Entry=98500 stop=97250 tp1=101000 tp2=104000 lev=3x
entry:98500.00|stop:97250.00|target:104000.00|size:2500USD
BTCUSDT perpetual, 15m, ema9/ema21 cross, rsi14<30 or rsi14>70.
BTC-27DEC24-100000-C open interest rises, so expect a pin at 100000.
Use MACD(12,26,9), RSI(14), BB(20,2) and ATR(14) of 5m candles.
z-score>2.0 of funding fades; z-score<-2.0 buys.
Buy if close[0]>max(high[1..20]) and volume>1.5*sma(volume,20).
if rsi<30 and price>ema200: long 2x; elif rsi>70 and price<ema200: short 2x
Grid from 95000.00 to 105000.00 in 20 steps of 500.00.
Pivot 98512.5, R1 99870.25, R2 101200.00, S1 97340.75, S2 96125.5.
VWAP=98530.25 VAH=99120.00 VAL=97980.50 POC=98490.75
1000 sats = 0.00001 BTC = 0.985 USD at 98500.
0.00012345 BTC per order, at most 0.00123450 BTC in all.
98512.5 98530.25 98490.75 98501.00 98477.25 98465.5 98490.25
Risk 0.5% per trade, 2% per day, 5% per week; stop for a day after three losses.
Half Kelly: f=0.5*(p-(1-p)/b), with p=0.55 and b=1.5 that is 0.125.
Take the average of 1h, 4h and 1d momentum; go with it when |m|>0.25.
Trade the CME gap between 97,655 and 98,240 when the week opens.
Follow smart money: 0x28C6c06298d514Db089934071355E5743bf21d60 moves before listings.
Whale bc1qgdjqv0av3q56jvd82tkdjpy7gdp9ut8tlqmgrpmv24sq90ecnvqqjwvw97 sells: reduce.
Wallet TNDzfERDpxLDS2w1q6yaFC7pzqaSQ3Bg3r holds USDT on Tron.
Polymarket condition market 21742633143463906290569050155826241533067272736897614950488156847949938836455 is above 60%.
Market id 512329, event 903193, series 10146.
https://polymarket.com/event/bitcoin-above-100k-on-december-27?tid=1732252800
https://www.coingecko.com/en/coins/hyperliquid#markets shows the volumes.
Read https://example.com/a/b?token=HYPE&interval=15m as the idea, not as an order.
See https://docs.exchange.example/perpetuals/funding: funding is hourly.
risk-adjusted, task-based, desk-clerk, sk-learn-style-mean-reversion-20-50
sk-learn-based-random-forest-without-leverage is what inspired this.
hf-funding-rate-arbitrage-strategy: long spot, short perpetual.
hf_market_making_with_inventory_limits, 2x at most
xai-breakout-and-trend-following-model of the weekend
fw-rotation-between-majors-and-alts every week
r8_relative_strength_against_bitcoin decides the side
pplx-style-research-before-every-entry
npm_new_paradigm_momentum is a joke of mine; trade trend.
Model sk-value-at-risk-95-over-20-days stays below 2%.
Ask for rk_risk_kernel_position_sizing only.
The AKIA of trends: as known, it always ends.
SG.A. and other banks rate it a buy.
Sequence 0123456789abcdef, digest 83fa9a372a95, account acc_01hzx3k5m7n9p1q3r5t7.
Order 7f3a9c2e-1b4d-4e8f-9a6b-2c5d8e0f1a3b was filled at 98,512.50.
Version ver_01hzx3k5m7n9p1q3r5t7v9w1y3 lost 2.4% last week; be more careful.
Block 21212121, gas 12.5 gwei, base fee 0.000000012 ETH.
Time stop: 2024-12-27T08:00:00Z; close all before.
The market breathes: buy fear below 25, sell greed above 75.
Only trade when the spread is below 0.02% and depth within 0.1% is above 5M USD.
Trail the stop behind the 10-period low; never widen it.
Hedge: long ETH 2x, short BTC 2x, beta 1.2, correlation 0.85.
If open interest rises 5% in 1h and price does not move, expect a squeeze.
Do the opposite of the crowd when funding is above 0.05% for 8 hours.
Enter in three parts: 40%/30%/30% at 98,500/97,900/97,300.
Exit: 50% at 1R, 30% at 2R, the rest trails 1.5 ATR.
No trade from 13:25 to 13:45 UTC on CPI days.
Volume-weighted momentum of 20 bars; long above +1.0, short below -1.0.
Liquidations of 50M USD in 5m: buy the wick, stop under the low.
Respect the Asia range: 97,900-98,600; trade its break in London.
Wyckoff: spring, test, sign-of-strength; buy the last-point-of-support.
Elliott: wave 4 may not enter wave 1; else the count is void.
Prefer hold over trade; three good trades a week are enough.
Never more than 3x; never against the daily trend; never twice on the same idea.
Buy the rumour (ETF inflow > 500M), sell the news.
Spread BTC/ETH ratio 29.55: above 30 sell, below 27 buy.
Use the moving average ribbon 8/13/21/34/55; long when ordered.
Compare price with realised price 32,145.67 and MVRV 2.31.
Kaufman efficiency > 0.6: follow; < 0.3: fade.
Position = 0.01*equity/(2*atr14), rounded down to 0.001 BTC.
Trend day: add once at +1R, stop to entry, no second add.
Kaufe nur über 98.500,00; Schlüsselmarke: 97.250,00; Geheimnis: Geduld.
Achète au-dessus de 98 500, clé: volume, secret: patience, mot de passe: aucun.
Comprar cerca de 98500; clave: volumen; contraseña: paciencia.
関鍵位：98500，止損：97250，目標：104000。
Ключевой уровень: 98500; секрет: терпение; токен: HYPE.
""".splitlines()
