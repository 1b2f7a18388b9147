// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

bytes4 constant MAGIC = 0x1626ba7e;

/// Accepts what its owner signed. The owner is in the code, so the code also serves an account that delegates to it.
contract OwnedWallet {
    address private immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 digest, bytes memory signature) external view returns (bytes4) {
        require(signature.length == 65, "length");
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
        address signer = ecrecover(digest, v, r, s);
        return signer == owner && signer != address(0) ? MAGIC : bytes4(0xffffffff);
    }
}

/// Deploys an owned wallet to an address that is known before.
contract WalletFactory {
    function predict(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(OwnedWallet).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }

    function create(address owner, bytes32 salt) external returns (address) {
        return address(new OwnedWallet{salt: salt}(owner));
    }
}

/// Answers any signature with a word of its maker's choice, cut to a length of its maker's choice.
contract WordWallet {
    bytes32 private immutable word;
    uint256 private immutable length;

    constructor(bytes32 word_, uint256 length_) {
        word = word_;
        length = length_;
    }

    fallback() external {
        bytes32 answer = word;
        uint256 size = length;
        assembly {
            mstore(0, answer)
            return(0, size)
        }
    }
}

/// Reverts with the magic word, which a careless reader takes for an answer.
contract RevertingWallet {
    fallback() external {
        assembly {
            mstore(0, shl(224, 0x1626ba7e))
            revert(0, 32)
        }
    }
}

/// Burns whatever gas it is given.
contract BurningWallet {
    fallback() external {
        uint256 turns;
        while (true) ++turns;
    }
}

/// Accepts a passkey's assertion over the digest: WebAuthn over P-256, proved by the precompile at 0x100.
contract PasskeyWallet {
    uint256 private immutable x;
    uint256 private immutable y;

    constructor(uint256 x_, uint256 y_) {
        x = x_;
        y = y_;
    }

    function isValidSignature(bytes32 digest, bytes memory signature) external view returns (bytes4) {
        (bytes memory device, string memory client, uint256 at, uint256 r, uint256 s) =
            abi.decode(signature, (bytes, string, uint256, uint256, uint256));
        if (!holds(bytes(client), at, challenge(digest))) return 0xffffffff;
        bytes32 signed = sha256(abi.encodePacked(device, sha256(bytes(client))));
        (bool ok, bytes memory answer) = address(0x100).staticcall(abi.encode(signed, r, s, x, y));
        return ok && answer.length == 32 && uint256(bytes32(answer)) == 1 ? MAGIC : bytes4(0xffffffff);
    }

    function challenge(bytes32 digest) private pure returns (bytes memory) {
        bytes memory letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        bytes memory text = new bytes(43);
        for (uint256 i; i < 43; ++i) {
            uint256 shift = 6 * (i + 1);
            uint256 bits = shift <= 256 ? uint256(digest) >> (256 - shift) : uint256(digest) << (shift - 256);
            text[i] = letters[bits & 63];
        }
        return abi.encodePacked('"challenge":"', text, '"');
    }

    function holds(bytes memory text, uint256 at, bytes memory part) private pure returns (bool) {
        if (at > text.length || text.length - at < part.length) return false;
        for (uint256 i; i < part.length; ++i) {
            if (text[at + i] != part[i]) return false;
        }
        return true;
    }
}
