// Every fault in plain words: what happened, and what to do now.

import type { Fault } from "./faults.ts";

export interface Words {
  happened: string;
  todo: string;
}

const RUN_OUT: Words = {
  happened: "The message has run out.",
  todo: "A message is good for five minutes and for one use. Try again to get a fresh one.",
};
const OTHER_SITE: Words = {
  happened: "This address of the site is not one to sign in at.",
  todo: "Open the arena by its own name and sign in there.",
};
const WORDS: Readonly<Record<string, Words>> = {
  CONNECTION_DECLINED: {
    happened: "The wallet was not connected: the request was declined.",
    todo: "Try again and allow this site to see your address. It sees nothing else.",
  },
  SIGNING_DECLINED: {
    happened: "You declined to sign.",
    todo: "Nothing was sent. Signing costs nothing and moves no funds; try again when you like.",
  },
  WALLET_BUSY: {
    happened: "The wallet is still waiting for an earlier answer.",
    todo: "Open it, answer or close what it shows, then try again.",
  },
  WALLET_LOCKED: {
    happened: "The wallet is locked, or does not share this account.",
    todo: "Unlock it, choose an account for this site, then try again.",
  },
  WALLET_DISCONNECTED: {
    happened: "The wallet has no connection to its network.",
    todo: "Check the wallet and your connection, then try again.",
  },
  SIWE_TIME_INVALID: RUN_OUT,
  SIWE_NONCE_UNKNOWN: RUN_OUT,
  SIWE_NONCE_USED: RUN_OUT,
  SIWE_DOMAIN_MISMATCH: OTHER_SITE,
  SIWE_URI_MISMATCH: OTHER_SITE,
  SIWE_SIGNATURE_INVALID: {
    happened: "The signature is not from the account you connected.",
    todo: "Select the account you want in the wallet, then try again.",
  },
  SIWE_CONTRACT_REJECTED: {
    happened: "The wallet's contract refuses this signature.",
    todo: "Check that the signing key still belongs to it, then try again.",
  },
  WALLET_TYPE_UNSUPPORTED: {
    happened: "This looks like a contract wallet, and this arena cannot check those on this network.",
    todo: "Use a plain account, one with a key of its own.",
  },
  CHAIN_UNAVAILABLE: {
    happened: "The network could not be asked about your wallet's contract.",
    todo: "Nothing is lost: try again in a minute.",
  },
  USER_DISABLED: {
    happened: "This account was disabled.",
    todo: "Ask the arena's operators if you think that this is a mistake.",
  },
  WALLET_ALREADY_LINKED: {
    happened: "This wallet is linked to an account already.",
    todo: "Choose another wallet, or sign in with this one.",
  },
  REAUTH_REQUIRED: {
    happened: "Linking a wallet needs a sign-in of the last ten minutes.",
    todo: "Sign in again with a wallet you have linked, then come back.",
  },
  NOT_AUTHENTICATED: { happened: "You are signed out.", todo: "Sign in again, then come back." },
  CSRF_FAILED: {
    happened: "This page is too old.",
    todo: "Load it again, then choose your wallet.",
  },
  SERVER_UNREACHABLE: {
    happened: "The arena did not answer.",
    todo: "Check your connection, then try again.",
  },
  SERVER_FAILED: { happened: "Something broke on our side.", todo: "Try again in a minute." },
};

/** What happened and what to do; `networks` names where a wallet may be, for those on another network. */
export function wordsFor(fault: Fault, networks: string): Words {
  if (fault.code === "WRONG_NETWORK" || fault.code === "SIWE_CHAIN_MISMATCH") {
    const where = fault.message
      ? `Your wallet is on ${fault.message}.`
      : "Your wallet is on another network.";
    return { happened: where, todo: `Switch it to ${networks}, then try again.` };
  }
  if (fault.code === "RATE_LIMITED") {
    const wait = fault.waitSeconds > 0 ? `Wait ${fault.waitSeconds} seconds` : "Wait a minute";
    return { happened: "There were too many tries in a short time.", todo: `${wait}, then try again.` };
  }
  const known = WORDS[fault.code];
  if (known) return known;
  const said = fault.message.replace(/[.\s]+$/, "");
  const who = fault.code === "WALLET_FAILED" ? "The wallet could not do this" : "The arena refused";
  return {
    happened: said ? `${who}: ${said}.` : `${who}.`,
    todo:
      fault.code === "WALLET_FAILED"
        ? "Open the wallet and look for a message, then try again."
        : "Try again.",
  };
}
