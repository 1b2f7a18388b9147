"""Examples of the economy routes for the API's document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

AT, LATER, FINAL = "2026-03-01T12:00:00Z", "2026-03-01T12:30:00Z", "2026-03-01T12:00:41Z"
CHAIN = 6343
VAULT, RESOLVER = "0x5fbdb2315678afecb367f032d93f642f64180aa3", "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc"
WALLET = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
NUMBER = "226854911280625642308916404954512140970"
TX = "0x" + "7d" * 32
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FEE = "10000000000000000"
QUOTE_ID, DEPOSIT_ID, PURCHASE_ID = (
    "quo_4Zt0Qm9uVb2Yw7Kc1Nf3Xa",
    "dep_7Hq2Lk5sPd8Rt1Vw4Zx6Bc",
    "pur_1Vw4Zx6Bc7Hq2Lk5sPd8Rt",
)
CLONE_ID, GRANT_ID, REFUND_ID = (
    "cln_4Zt0Qm9uVb2Yw7Kc1Nf3Xa",
    "ent_2Lk5sPd8Rt1Vw4Zx6Bc7Hq",
    "rfd_8Rt1Vw4Zx6Bc7Hq2Lk5sPd",
)


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answered(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


_WANTED = {"tier": "starter", "assetCapacity": 3, "modelStrength": "light"}
_FOR_A_NEW_ONE = {
    **_WANTED,
    "createClone": {"name": "Rubber Band", "description": "Believes in what comes back."},
}
_SEEN = {"id": DEPOSIT_ID, "txHash": TX, "blockNumber": 104, "amountWei": FEE, "unmatchedReason": ""}
_QUOTE = {
    "id": QUOTE_ID,
    "state": "open",
    "cloneId": None,
    "cloneName": "Rubber Band",
    **_WANTED,
    "feeWei": FEE,
    "chainId": CHAIN,
    "walletAddress": WALLET,
    "depositNonce": NUMBER,
    "rulebookDigest": DIGEST,
    "issuedAt": AT,
    "expiresAt": LATER,
    "transaction": {"chainId": CHAIN, "to": VAULT, "data": "0x" + "2f" * 68, "value": FEE},
    "confirmations": 0,
    "confirmationsNeeded": 12,
    "deposit": None,
    "purchaseId": None,
}
_PURCHASE = {
    "id": PURCHASE_ID,
    "status": "confirmed",
    "quoteId": QUOTE_ID,
    "depositId": DEPOSIT_ID,
    "cloneId": CLONE_ID,
    "cloneName": "Rubber Band",
    "entitlementId": GRANT_ID,
    **_WANTED,
    "rulebookDigest": DIGEST,
    "feeWei": FEE,
    "surplusWei": "0",
    "chainId": CHAIN,
    "depositNonce": NUMBER,
    "txHash": TX,
    "madeAt": FINAL,
    "reversedAt": None,
    "refundedAt": None,
}
_DEPOSIT = {
    "id": DEPOSIT_ID,
    "status": "confirmed",
    "unmatchedReason": "QUOTE_EXPIRED",
    "purchaseId": None,
    "chainId": CHAIN,
    "payerAddress": WALLET,
    "depositNonce": NUMBER,
    "amountWei": FEE,
    "txHash": TX,
    "blockNumber": 104,
    "firstSeenAt": AT,
    "confirmedAt": FINAL,
}
_ASKED = {
    "id": REFUND_ID,
    "cause": "unmatched",
    "status": "waiting",
    "reason": "The offer had run out.",
    "amountWei": FEE,
    "depositId": DEPOSIT_ID,
    "purchaseId": None,
    "payeeAddress": WALLET,
    "askedAt": AT,
    "deadlineAt": None,
    "settledAt": None,
    "paidTxHash": "",
    "withdrawal": None,
}
_SIGNED = {
    **_ASKED,
    "status": "signed",
    "deadlineAt": LATER,
    "withdrawal": {"chainId": CHAIN, "to": VAULT, "data": "0x" + "3a" * 356, "value": "0"},
}

PRICE = [
    _answered(
        "The smallest",
        {
            **_WANTED,
            "feeWei": FEE,
            "payableAt": [
                {
                    "chainId": CHAIN,
                    "vault": VAULT,
                    "resolver": RESOLVER,
                    "confirmations": 12,
                    "finality": "depth",
                }
            ],
        },
    )
]
QUOTE = [
    _sent("For an own clone", {**_WANTED, "cloneId": CLONE_ID}),
    _sent("For a clone that the payment creates", _FOR_A_NEW_ONE),
    _answered("An offer to pay", _QUOTE, "201"),
]
QUOTE_READ = [
    _answered("To be paid", _QUOTE),
    _answered(
        "Waiting for confirmations",
        {**_QUOTE, "state": "confirming", "transaction": None, "confirmations": 5, "deposit": _SEEN},
    ),
]
SUBMIT = [
    _sent("A payment", {**_FOR_A_NEW_ONE, "depositNonce": NUMBER, "txHash": TX}),
    _answered("Bought", _PURCHASE),
    _answered(
        "Not final yet",
        {
            "code": "DEPOSIT_PENDING",
            "quoteId": QUOTE_ID,
            "confirmations": 5,
            "confirmationsNeeded": 12,
            "deposit": _SEEN,
        },
        "202",
    ),
]
PURCHASES = [_answered("A purchase", _PURCHASE)]
DEPOSITS = [_answered("One that came too late", _DEPOSIT)]
REFUNDS = [_answered("One to be fetched", _SIGNED)]
CLAIM = [_sent("For this offer", {"quoteId": QUOTE_ID}), _answered("Bought", _PURCHASE)]
ASK_REFUND = [
    _sent("All of it", {"cause": "unmatched", "reason": "The offer had run out."}),
    _answered("It waits for an operator", _ASKED, "201"),
]
RENEW_REFUND = [_answered("Signed again", _SIGNED, "201")]
