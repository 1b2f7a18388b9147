"""Composing the text that a wallet signs, with the `siwe` library."""

from datetime import UTC, datetime


def compose(
    *,
    domain: str,
    address: str,
    statement: str,
    uri: str,
    chain_id: int,
    nonce: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """The ERC-4361 message of these fields; `address` with its EIP-55 capitals, times to the millisecond in UTC."""
    from siwe import ISO8601Datetime, SiweMessage
    from siwe.siwe import VersionEnum

    message = SiweMessage(
        domain=domain,
        address=address,
        statement=statement,
        uri=uri,
        version=VersionEnum.one,
        chain_id=chain_id,
        nonce=nonce,
        issued_at=ISO8601Datetime.from_datetime(issued_at.astimezone(UTC)),
        expiration_time=ISO8601Datetime.from_datetime(expires_at.astimezone(UTC)),
    )
    return str(message.prepare_message())
