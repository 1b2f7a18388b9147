"""Check a decision bundle without anybody's help: every digest, every link, every place. Needs Python 3.11 alone.

python3 verify_decision.py bundle.json      (or the address of the bundle: https://<site>/api/v1/prop/decisions/run_...)
Exits 0 when all that the bundle holds is as it was sealed, and 1 at the first thing that is not.
"""

import hashlib
import json
import sys
from urllib.request import urlopen


def seal(document):
    """SHA-256 of a document as JSON with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def text_seal(text):
    """SHA-256 of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def check(bundle):
    """Every check as (what, the digest that must be, the digest that is); None for what was withheld."""
    record = bundle["record"]["document"]
    yield "record", bundle["record"]["digest"], record and seal(record)
    if record:
        yield "record: the link before", bundle["previousDigest"], record["previous_digest"]
        yield "record: the context it names", bundle["context"]["digest"], record["context_digest"]
        if "answer_digest" in record:
            yield "record: the answer it names", bundle["answer"]["digest"], record["answer_digest"]
            yield "record: the prompt it names", bundle["prompt"]["digest"], record["prompt_digest"]
    if bundle["nextPreviousDigest"]:
        yield "record: named by the next link", bundle["nextPreviousDigest"], bundle["record"]["digest"]
    yield from check_context(bundle["context"])
    for name in ("prompt", "answer"):
        if bundle[name]["digest"]:
            text = bundle[name]["text"]
            yield name, bundle[name]["digest"], None if text is None else text_seal(text)
    for place, action in enumerate(bundle["actions"]):
        yield from check_action(bundle, action, f"action {place}")


def check_context(context):
    """What it saw: section by section where it was sealed so, else as one whole."""
    parts = context["sections"]
    if not context["digest"]:
        return
    if not context["inSections"]:
        hidden = any(part["document"] is None for part in parts.values())
        whole = {key: value for part in parts.values() for key, value in (part["document"] or {}).items()}
        yield "context", context["digest"], None if hidden else seal(whole)
        return
    for name, part in sorted(parts.items()):
        yield f"context: {name}", part["digest"], part["document"] and seal(part["document"])
    yield "context", context["digest"], seal({name: part["digest"] for name, part in parts.items()})


def check_action(bundle, action, name):
    """The execution record, what it names, its fills and its ledger rows."""
    execution = action["execution"]
    if execution is None:
        return
    text = execution["text"]
    yield f"{name}: execution record", execution["digest"], None if text is None else text_seal(text)
    for part in ("policy", "book"):
        if action[part]:
            yield f"{name}: {part}", action[part]["digest"], seal(action[part]["document"])
    for terms in action["terms"]:
        yield f"{name}: terms", terms["digest"], seal(terms["document"])
    for fill in action["fills"]:
        yield f"{name}: fill", fill["digest"], seal(fill["document"])
    previous = ""
    for row in action["ledger"]:
        number = row["document"]["sequence"]
        yield f"{name}: ledger row {number}", row["digest"], seal(row["document"])
        if previous:
            yield f"{name}: ledger row {number}, the row before", previous, row["document"]["previous_hash"]
        previous = row["digest"]
    if text is not None:
        document = json.loads(text)
        yield f"{name}: the decision it names", bundle["record"]["digest"], document["run"]
        yield f"{name}: the link before", execution["previousDigest"], document["previous"]
        yield (
            f"{name}: its fills",
            seal(document["fills"]),
            seal([fill["digest"] for fill in action["fills"]]),
        )
        if document["ledger"]:
            rows = [row["document"]["sequence"] for row in action["ledger"]]
            yield (
                f"{name}: its ledger rows",
                seal(document["ledger"]),
                seal([rows[0], rows[-1]] if rows else []),
            )


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
    for what, expected, found in check(read(place)):
        if found is None:
            withheld += 1
            told.append(f"withheld   {what}: {expected or 'known by the whole alone'}")
        elif found != expected:
            sys.stdout.write("\n".join([*told, f"DIFFERENT  {what}: must be {expected}, is {found}"]) + "\n")
            return 1
        else:
            held += 1
            told.append(f"identical  {what}: {found or 'none'}")
    told.append(f"{held} digests and links hold, {withheld} are of what is not told. It is as it was sealed.")
    sys.stdout.write("\n".join(told) + "\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
