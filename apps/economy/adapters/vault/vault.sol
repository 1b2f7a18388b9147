// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Keeps what people pay, each deposit under a number of the payer's own, until its resolver signs it out again.
///
/// A resolver is an address whose key belongs to whoever sells something: it never moves money itself. It signs, off
/// the chain, how much may leave and to whom; whoever holds that signature brings it here, and the money goes to the
/// person it names. Nobody owns this contract, and nothing in it can be changed.
contract PumpPartyVault {
    event Deposit(
        address indexed user, address indexed token, address indexed resolver, uint256 nonce, uint256 amount
    );
    event Withdrawal(
        address indexed user, address indexed token, address indexed resolver, uint256 nonce, uint256 amount
    );

    error ZeroAmount();
    error ZeroResolver();
    error NonceUsed(address user, address resolver, uint256 nonce);
    error Expired(uint256 deadline);
    error WithdrawalUsed(address resolver, uint256 nonce);
    error BadSignature();
    error BalanceTooLow(uint256 balance, uint256 amount);
    error WrongToken(address token);
    error SendFailed();

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant WITHDRAWAL_TYPE = keccak256(
        "Withdrawal(address user,address token,address resolver,uint256 amount,uint256 nonce,uint256 deadline)"
    );
    // Half of the order of secp256k1: above it lies the twin of every signature, which is not taken.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    address private constant ETH = address(0);

    mapping(address resolver => mapping(address token => uint256)) private balances;
    mapping(address user => mapping(address token => mapping(address resolver => mapping(uint256 nonce => uint256))))
        private deposits;
    mapping(address resolver => mapping(uint256 nonce => bool)) private used;

    /// Pay for what `resolver` sells, under a number that you have not used with it before.
    function depositETH(address resolver, uint256 nonce) external payable {
        if (msg.value == 0) revert ZeroAmount();
        if (resolver == address(0)) revert ZeroResolver();
        if (deposits[msg.sender][ETH][resolver][nonce] != 0) revert NonceUsed(msg.sender, resolver, nonce);
        deposits[msg.sender][ETH][resolver][nonce] = msg.value;
        balances[resolver][ETH] += msg.value;
        emit Deposit(msg.sender, ETH, resolver, nonce, msg.value);
    }

    /// What was paid under a number, in the token's smallest unit; 0 where nothing was. Withdrawals do not lower it.
    function getDeposit(address user, address token, address resolver, uint256 nonce) external view returns (uint256) {
        return deposits[user][token][resolver][nonce];
    }

    /// What lies here for a resolver.
    function resolverBalanceOf(address resolver, address token) external view returns (uint256) {
        return balances[resolver][token];
    }

    /// Whether the resolver's withdrawal of that number has been carried out.
    function withdrawn(address resolver, uint256 nonce) external view returns (bool) {
        return used[resolver][nonce];
    }

    /// Carry out what a resolver has signed: the money goes to `user`, whoever brings the signature, and goes once.
    function withdraw(
        address user,
        address token,
        address resolver,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (token != ETH) revert WrongToken(token);
        if (amount == 0) revert ZeroAmount();
        if (block.timestamp > deadline) revert Expired(deadline);
        if (used[resolver][nonce]) revert WithdrawalUsed(resolver, nonce);
        bytes32 said = keccak256(abi.encode(WITHDRAWAL_TYPE, user, token, resolver, amount, nonce, deadline));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", _domain(), said));
        address signer = _signer(digest, signature);
        if (signer == address(0) || signer != resolver) revert BadSignature();
        uint256 balance = balances[resolver][token];
        if (amount > balance) revert BalanceTooLow(balance, amount);
        // Everything is written before the money leaves: whoever is called by it finds it gone.
        used[resolver][nonce] = true;
        balances[resolver][token] = balance - amount;
        emit Withdrawal(user, token, resolver, nonce, amount);
        (bool sent,) = user.call{value: amount}("");
        if (!sent) revert SendFailed();
    }

    function _domain() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("PumpPartyVault"), keccak256("1"), block.chainid, address(this))
        );
    }

    function _signer(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}
