// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface IVault {
    function depositETH(address resolver, uint256 nonce) external payable;
}

/// Tells the vault's event without being the vault, beside a true deposit where it is given money.
contract Spoof {
    event Deposit(
        address indexed user, address indexed token, address indexed resolver, uint256 nonce, uint256 amount
    );

    function pretend(address vault, address resolver, uint256 nonce, uint256 amount) external payable {
        emit Deposit(msg.sender, address(0), resolver, nonce, amount);
        if (msg.value > 0) IVault(vault).depositETH{value: msg.value}(resolver, nonce);
    }
}

/// Pays the vault; what fails inside it swallows.
contract Payer {
    constructor() payable {}

    function pay(address vault, address resolver, uint256 nonce, uint256 amount) external {
        IVault(vault).depositETH{value: amount}(resolver, nonce);
    }

    function tryTwice(address vault, address resolver, uint256 nonce, uint256 amount) external {
        IVault(vault).depositETH{value: amount}(resolver, nonce);
        try IVault(vault).depositETH{value: amount}(resolver, nonce) {} catch {}
    }

    function tryNothing(address vault, address resolver, uint256 nonce) external {
        try IVault(vault).depositETH(resolver, nonce) {} catch {}
    }
}

/// One transaction in which several pay: the vault takes whoever calls it for the payer, so each is a contract.
contract Batch {
    function pay(address vault, address resolver, uint256 nonce, uint256 count) external payable {
        uint256 share = msg.value / count;
        for (uint256 i = 0; i < count; i++) {
            new Payer{value: share}().pay(vault, resolver, nonce + i, share);
        }
    }
}

/// Fetches again while it is being paid.
contract Greedy {
    bytes private again;
    uint256 public refused;

    function fetch(address vault, bytes calldata call) external {
        again = call;
        (bool done,) = vault.call(call);
        require(done, "the vault refused");
    }

    receive() external payable {
        (bool done,) = msg.sender.call(again);
        if (!done) refused++;
    }
}
