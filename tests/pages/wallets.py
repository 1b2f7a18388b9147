"""A wallet in the test's browser: it announces itself by EIP-6963, and Python holds its key."""

from collections.abc import Callable
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 36 36'%3E"
    "%3Crect width='36' height='36' fill='%23704cff'/%3E%3Ccircle cx='18' cy='18' r='9' fill='white'/%3E%3C/svg%3E"
)
SCRIPT = """(() => {
  const ask = call => window.testWallet(call).then(({value, error}) => {
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  });
  const provider = { request: ask };
  const info = { uuid: '7b9f3c1e-0000-4000-8000-000000000001', name: 'Corner Wallet', rdns: 'test.corner', icon: ICON };
  const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider',
    { detail: Object.freeze({ info, provider }) }));
  window.addEventListener('eip6963:requestProvider', announce);
  announce();
})();"""
WINDOW_SCRIPT = "window.ethereum = { request: call => window.testWallet(call).then(({value}) => value) };"


class BrowserWallet:
    """Answers what a page asks of a wallet; `refuses` maps a method to the error it answers with instead."""

    def __init__(self, *, chain: int = 4326) -> None:
        self.account: LocalAccount = Account.create()
        self.chain = chain
        self.refuses: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.signed: list[str] = []
        self.balance_wei = 10**18
        self.sends: Callable[[dict[str, str]], str] | None = None
        """Carries a transaction to a chain and returns its hash; without it the wallet cannot pay."""

    def put_into(self, page: Any, *, announced: bool = True) -> "BrowserWallet":
        """Be there on every page that is opened from now on."""
        page.expose_binding("testWallet", lambda _source, call: self.answer(call))
        script = SCRIPT.replace("ICON", repr(ICON)) if announced else WINDOW_SCRIPT
        page.add_init_script(script)
        return self

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """The answer of EIP-1193, as a value or an error."""
        method, params = call["method"], call.get("params") or []
        self.asked.append(method)
        if method in self.refuses:
            return {"error": self.refuses[method]}
        if method == "eth_requestAccounts":
            return {"value": [self.account.address]}
        if method == "eth_chainId":
            return {"value": hex(self.chain)}
        if method == "wallet_switchEthereumChain":
            self.chain = int(params[0]["chainId"], 16)
            return {"value": None}
        if method == "eth_getBalance":
            return {"value": hex(self.balance_wei)}
        if method == "eth_sendTransaction" and self.sends is not None:
            return {"value": self.sends(params[0])}
        if method == "personal_sign":
            return {"value": self.sign(bytes.fromhex(params[0][2:]).decode())}
        return {"error": {"code": 4200, "message": f"{method} is not supported"}}

    def sign(self, text: str) -> str:
        """The account's signature of a text."""
        self.signed.append(text)
        signature: bytes = self.account.sign_message(encode_defunct(text=text)).signature
        return "0x" + bytes(signature).hex()
