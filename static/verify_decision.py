"""Check a decision bundle without anybody's help: every digest, every link, and that each part follows from the other.

python3 verify_decision.py bundle.json      (or the address of the bundle: https://<site>/api/v1/prop/decisions/run_...)
Exits 0 when all that the bundle holds is as it was sealed, and 1 at the first thing that is not. Needs Python 3.11 alone.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from urllib.request import urlopen

WITHHELD = object()
COUNTER = {"fee": "fees", "realized_pnl": "pnl", "adjustment": "adjustment", "backstop": "adjustment"}
CORRECTIONS = {"adjustment": "debt", "backstop": "backstop"}
EXITS = ("stop_micros", "trail_bps", "target_micros", "hold_ms")
SIDES = {"long": 1, "short": -1, None: None}


def seal(document):
    """SHA-256 of a document as JSON with sorted keys and no spaces."""
    return text_seal(json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True))


def text_seal(text):
    """SHA-256 of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def check(bundle):
    """Every check as (what, what must be, what is); WITHHELD for what this bundle does not tell."""
    yield "damaged parts", [], bundle["damaged"]
    record = bundle["record"]["document"]
    if record is None:
        yield "record", bundle["record"]["digest"], WITHHELD
    else:
        yield from check_record(bundle, record)
    if bundle["nextPreviousDigest"]:
        yield "record: named by the next link", bundle["nextPreviousDigest"], bundle["record"]["digest"]
    yield from check_context(bundle["context"], record)
    for name in ("strategy", "prompt", "answer"):
        yield from check_text(name, bundle[name], record)
    yield from check_answer(bundle["answer"]["text"], record)
    yield from check_actions(bundle, record)


def check_record(bundle, record):
    """The record against its digest, its place and the names that the bundle goes by."""
    yield "record", bundle["record"]["digest"], seal(record)
    yield "record: the account", bundle["account"], record["subject"]
    if "run" in record:
        yield "record: the run", bundle["run"], record["run"]
    yield "record: the link before", bundle["previousDigest"], record["previous_digest"]
    head = bundle["context"]["sections"]["head"]["document"]
    if head is not None:
        yield "record: the asset", head["symbol"], record["symbol"]
        yield "record: the slot", head["slot_at_ms"], record["slot_at_ms"]


def sealed(name, part, record):
    """A payload's digest against what the record says of it."""
    if record is None or not part["digest"]:
        return
    if "seals" in record:
        told = text_seal(f"{part['key']}:{part['digest']}")
        yield f"{name}: its seal in the record", record["seals"].get(name), told
    elif (column := "version_digest" if name == "strategy" else f"{name}_digest") in record:
        yield f"{name}: its digest in the record", record[column], part["digest"]


def check_text(name, part, record):
    """A text against its digest, and that against the record."""
    text = part["text"]
    if text is None:
        named = (record or {}).get("seals", {}).get(name, "")
        if named:
            yield name, named, WITHHELD
        return
    yield name, part["digest"], text_seal(text) if text else ""
    if record is not None and "seals" in record:
        yield f"{name}: whether there was one", name in record["seals"], bool(text)
    yield from sealed(name, part, record)


def check_context(context, record):
    """What it saw, section by section, each against its seal; and all of it where all of it is told."""
    parts = context["sections"]
    for name, part in sorted(parts.items()):
        if part["document"] is not None:
            if part["digest"]:
                yield f"context.{name}", part["digest"], seal(part["document"])
            if record is None or "seals" in record:
                yield from sealed(f"context.{name}", part, record)
        elif record is None or f"context.{name}" in record.get("seals", {}):
            yield f"context.{name}", "", WITHHELD
    if not context["digest"]:
        return
    whole = {key: value for part in parts.values() for key, value in (part["document"] or {}).items()}
    if context["inSections"]:
        yield "context", context["digest"], seal({name: part["digest"] for name, part in parts.items()})
    else:
        yield "context", context["digest"], seal(whole)
    yield from sealed("context", context, record)


def check_answer(text, record):
    """The actions of the record are those that the answer asks for."""
    if not text or record is None or record["status"] != "completed":
        return
    asked = json.loads(text)["actions"]
    yield "answer: the number of actions", len(asked), len(record["actions"])
    for place, (said, written) in enumerate(zip(asked, record["actions"], strict=False)):
        plain = {
            "index": place,
            **{name: said[name] for name in ("kind", "symbol", "notional_micros", "leverage", "reason")},
            "side": SIDES[said["side"]],
            "size_lots": 0,
            "reduce_only": said["kind"] in ("close", "reduce"),
            **{name: said[name] for name in (*EXITS, "is_isolated") if said.get(name)},
        }
        yield f"answer: action {place}", plain, written


def check_actions(bundle, record):
    """Every action of the record with what it got."""
    actions = bundle["actions"]
    if record is not None:
        yield "actions: one for each of the record", len(record["actions"]), len(actions)
    for place, action in enumerate(actions):
        yield f"action {place}: its index", place, action["index"]
        proposed = record["actions"][place] if record is not None else None
        yield from check_action(bundle, action, proposed, f"action {place}")


def check_action(bundle, action, proposed, name):
    """The verdict, the execution record and all that was booked by it."""
    execution = action["execution"]
    if execution is None:
        is_kept = bundle["record"]["document"] is not None and "seals" in bundle["record"]["document"]
        if is_kept:
            is_hold = proposed["kind"] == "hold"
            yield (
                f"{name}: without a record",
                "held" if is_hold and action["status"] else "",
                action["status"],
            )
        for part in ("fills", "ledger"):
            yield f"{name}: {part} without a record", [], action[part]
        return
    if execution["text"] is None:
        yield f"{name}: execution record", execution["digest"], WITHHELD
        yield from check_loose(action, name)
        return
    yield f"{name}: execution record", execution["digest"], text_seal(execution["text"])
    document = json.loads(execution["text"])
    yield f"{name}: the account", bundle["account"], document["account"]
    yield f"{name}: the decision it names", bundle["record"]["digest"], document["run"]
    yield f"{name}: the action it names", action["index"], document["action"]
    yield f"{name}: its place", execution["sequence"], document["sequence"]
    yield f"{name}: the link before", execution["previousDigest"], document["previous"]
    yield f"{name}: its moment", document["at_ms"], moment_ms(action["at"])
    yield from check_verdict(action, document, name)
    yield from check_question(action, document["question"], proposed, name)
    executed = document["outcome"].get("executed")
    yield from check_fills(action["fills"], document, executed, name)
    yield from check_ledger(action["ledger"], document, executed, name)


def check_loose(action, name):
    """What stands beside a record that is not told: each document against its digest, the rows against one another."""
    parts = [action["policy"], action["book"], *action["terms"], *action["fills"], *action["ledger"]]
    for part in parts:
        if part is not None:
            yield f"{name}: a document", part["digest"], seal(part["document"])
    for before, row in zip(action["ledger"], action["ledger"][1:], strict=False):
        yield f"{name}: the row before", before["digest"], row["document"]["previous_hash"]
    seals = [fill["digest"] for fill in action["fills"]]
    told = {row["document"]["source_digest"] for row in action["ledger"]} - {""}
    yield f"{name}: the fills that its ledger rows name", sorted(seals), sorted(told)


def check_verdict(action, document, name):
    """The verdict is that of the outcome, and the gates that were met lead to it."""
    outcome = document["outcome"]
    refusal = outcome.get("denied") or outcome.get("refused")
    yield f"{name}: its status", "denied" if refusal else "executed", action["status"]
    yield f"{name}: its reason", refusal["reason"] if refusal else "", action["reasonCode"]
    for code, low, value, high, holds in document["gates"]:
        yield f"{name}: gate {code}", low <= value <= high, holds
    if "refused" not in outcome:
        failed = [gate[0] for gate in document["gates"] if not gate[4]]
        yield f"{name}: gates that do not hold", [refusal["reason"]] if refusal else [], failed


def check_question(action, question, proposed, name):
    """The question asks about the action that was proposed, under the policy, terms and prices beside it."""
    if question is None:
        for part in ("policy", "quote", "book"):
            yield f"{name}: {part} without a question", None, action[part]
        return
    if proposed is not None:
        intent = {key: value for key, value in question["intent"].items() if key in proposed}
        wanted = {key: value for key, value in proposed.items() if key in intent}
        wanted["side"] = 1 if wanted["side"] is None else wanted["side"]
        yield f"{name}: what was asked of the exchange", wanted, intent
        unasked = [key for key in (*EXITS, "is_isolated") if key not in proposed and question["intent"][key]]
        yield f"{name}: what nobody proposed", [], unasked
    kept = {row["digest"]: row["document"] for row in action["terms"]}
    pointers = [("policy", question["policy"]), ("book", question["book"])]
    for part, pointer in pointers:
        if pointer is None or "digest" not in pointer:
            yield f"{name}: {part} that is not named", None, action[part]
            continue
        found = action[part] or {"digest": "", "document": None}
        yield f"{name}: the {part} that it names", pointer["digest"], found["digest"]
        yield f"{name}: {part}", found["digest"], seal(found["document"])
    for terms in [question["instrument"], *question["instruments"].values()]:
        if "digest" in terms:
            yield f"{name}: terms", terms["digest"], seal(kept.get(terms["digest"]))
    yield from check_quote(action["quote"], question["quote"], name)


def check_quote(kept, asked, name):
    """The price that was asked about is the one that is kept; of a closed market its last mark alone."""
    if asked is None or not asked["reference"]:
        return
    if kept is None:
        yield f"{name}: the price that it names", asked["reference"], None
        return
    is_last_word = (
        asked["oracle_micros"] == asked["mid_micros"] == asked["mark_micros"] == kept["mark_micros"]
    )
    fields = ("symbol", "mark_micros") if is_last_word and not asked["funding_rate_e10"] else sorted(kept)
    for field in fields:
        if field != "fault":
            yield f"{name}: price, {field}", asked[field], kept[field]


def check_fills(fills, document, executed, name):
    """The fills are those of the outcome, each under the digest that the record names."""
    told = executed["fills"] if executed else []
    yield f"{name}: its fills", [seal(fill["document"]) for fill in fills], document["fills"]
    yield f"{name}: the number of its fills", len(told), len(fills)
    for place, (receipt, fill) in enumerate(zip(told, fills, strict=False)):
        written = fill["document"]
        yield f"{name}: fill {place}, its digest", fill["digest"], seal(written)
        yield (
            f"{name}: fill {place}, its order",
            [document["order"], place],
            [written["order"], written["index"]],
        )
        yield f"{name}: fill {place}, its moment", document["at_ms"], written["at"] // 1000
        for field, value in receipt.items():
            if field in written:
                yield f"{name}: fill {place}, {field}", value, written[field]
    if executed:
        lines = sum(line["amount_micros"] for line in executed["lines"])
        cash = executed["state_after"]["cash_micros"] - document["question"]["state"]["cash_micros"]
        yield f"{name}: cash moved", lines, cash


def legs_of(document, executed):
    """The ledger rows that fills and corrections are booked as, in their order."""
    number, postings = document["order"], []
    for place, (fill, digest) in enumerate(zip(executed["fills"], document["fills"], strict=False)):
        source = f"fill:{number}:{place}"
        postings.append(("fee", -fill["fee_micros"], f"{source}:fee", digest))
        if fill["realized_micros"]:
            postings.append(("realized_pnl", fill["realized_micros"], f"{source}:pnl", digest))
    for line in executed["lines"]:
        if line["kind"] in CORRECTIONS:
            reference = f"order:{number}:{CORRECTIONS[line['kind']]}"
            postings.append((line["kind"], line["amount_micros"], reference, ""))
    for kind, amount, reference, digest in postings:
        for book, leg in (("cash", amount), (COUNTER[kind], -amount)):
            yield {
                "book": book,
                "kind": kind,
                "amount_micros": leg,
                "reference": reference,
                "source_digest": digest,
            }


def check_ledger(ledger, document, executed, name):
    """The rows follow from the fills, their balances from one another, and they chain."""
    rows = [row["document"] for row in ledger]
    legs = list(legs_of(document, executed)) if executed and document["fills"] else []
    span = document["ledger"]
    yield f"{name}: its ledger rows", span, [rows[0]["sequence"], rows[-1]["sequence"]] if rows else None
    yield f"{name}: the number of its ledger rows", len(legs), len(rows)
    balances, previous = {}, None
    for place, (leg, row, kept) in enumerate(zip(legs, rows, ledger, strict=False)):
        where = f"{name}: ledger row {row['sequence']}"
        yield where, kept["digest"], seal(row)
        yield f"{where}, its number", span[0] + place, row["sequence"]
        yield f"{where}, its moment", document["at_ms"], row["at"] // 1000
        for field, value in leg.items():
            yield f"{where}, {field}", value, row[field]
        before = balances.get(row["book"], row["balance_after_micros"] - row["amount_micros"])
        if row["book"] == "cash" and "cash" not in balances:
            before = document["question"]["state"]["cash_micros"]
        balances[row["book"]] = before + row["amount_micros"]
        yield f"{where}, the balance after", balances[row["book"]], row["balance_after_micros"]
        if previous:
            yield f"{where}, the row before", previous["digest"], row["previous_hash"]
            yield f"{where}, the account", previous["document"]["account"], row["account"]
        previous = kept
    if executed and rows:
        yield f"{name}: cash after", executed["state_after"]["cash_micros"], balances.get("cash")


def moment_ms(text):
    """A moment as milliseconds since 1970."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def checked(bundle):
    """As `check`; a part that is not even of the kind that it must be is one more difference."""
    try:
        yield from check(bundle)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        yield "the bundle", "a whole bundle", f"{type(error).__name__}: {error}"


def read(place):
    """The bundle in a file or at an address."""
    if place.startswith(("https://", "http://")):
        with urlopen(place) as answer:
            return json.load(answer)
    with open(place, encoding="utf-8") as file:
        return json.load(file)


def main(place):
    """Check a bundle and tell what was found; returns the exit code."""
    held, withheld, told = 0, 0, []
    for what, expected, found in checked(read(place)):
        if found is WITHHELD:
            withheld += 1
            told.append(f"withheld   {what}: {expected or 'known by the record alone'}")
        elif found != expected or isinstance(found, bool) != isinstance(expected, bool):
            sys.stdout.write("\n".join([*told, f"DIFFERENT  {what}: must be {expected}, is {found}"]) + "\n")
            return 1
        else:
            held += 1
            told.append(f"identical  {what}: {found or 'none'}")
    told.append(f"{held} checks hold, {withheld} parts are not told. It is as it was sealed.")
    sys.stdout.write("\n".join(told) + "\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
