// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Says whether a wallet contract accepts a signature (ERC-1271), also before the wallet is deployed (ERC-6492).
///
/// It is never deployed: an eth_call "creates" it, and what the creation returns is the verdict, one byte:
/// 0 the wallet refuses, 1 the wallet accepts, 2 there is no contract at the address.
contract Validator {
    bytes32 private constant UNDEPLOYED =
        0x6492649264926492649264926492649264926492649264926492649264926492;
    bytes4 private constant ACCEPTED = 0x1626ba7e; // isValidSignature(bytes32,bytes)
    uint256 private constant WALLET_GAS = 500_000;
    uint256 private constant FACTORY_GAS = 3_000_000;

    constructor(address signer, bytes32 digest, bytes memory signature) {
        uint256 verdict = judge(signer, digest, signature);
        assembly ("memory-safe") {
            mstore8(0, verdict)
            return(0, 1)
        }
    }

    function judge(address signer, bytes32 digest, bytes memory signature) private returns (uint256) {
        if (endsUndeployed(signature)) {
            assembly ("memory-safe") {
                mstore(signature, sub(mload(signature), 32))
            }
            address factory;
            bytes memory order;
            (factory, order, signature) = abi.decode(signature, (address, bytes, bytes));
            if (signer.code.length == 0) create(factory, order);
        }
        if (signer.code.length == 0) return 2;
        return accepts(signer, digest, signature) ? 1 : 0;
    }

    function endsUndeployed(bytes memory signature) private pure returns (bool) {
        uint256 length = signature.length;
        if (length < 32) return false;
        bytes32 last;
        assembly ("memory-safe") {
            last := mload(add(signature, length))
        }
        return last == UNDEPLOYED;
    }

    /// What the factory answers is not copied: only whether code is there afterwards counts.
    function create(address factory, bytes memory order) private {
        assembly ("memory-safe") {
            pop(call(FACTORY_GAS, factory, 0, add(order, 32), mload(order), 0, 0))
        }
    }

    /// One word of the wallet's answer is read, however much it returns; it must be the whole magic word.
    function accepts(address signer, bytes32 digest, bytes memory signature) private view returns (bool ok) {
        bytes memory question = abi.encodeWithSelector(ACCEPTED, digest, signature);
        bytes32 answer;
        assembly ("memory-safe") {
            ok := staticcall(WALLET_GAS, signer, add(question, 32), mload(question), 0, 32)
            ok := and(ok, gt(returndatasize(), 31))
            answer := mload(0)
        }
        return ok && answer == bytes32(ACCEPTED);
    }
}
