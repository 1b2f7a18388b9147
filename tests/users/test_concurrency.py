"""Many at once on PostgreSQL: one session per challenge, one live token per family, one holder per wallet."""

from typing import Any

from apps.operations.audit import Actor
from apps.users.invariants import one_live_token_per_session
from apps.users.models import Challenge, LinkedWallet, RefreshToken, ServiceToken, Session, User
from apps.users.services import sessions
from apps.users.services.rotation import refresh
from apps.users.services.sign_in import link_wallet, sign_in
from apps.users.services.tokens import issue_service_token, rotate_service_token
from apps.users.types import OPEN_CHALLENGES, ClientInfo, SessionEnd
from tests.contenders import RACE, crowd
from tests.users.signing import CLIENT, NOW, ask, enter, sign, wallet

pytestmark = RACE
WORKERS = 8


def visitor(number: int) -> ClientInfo:
    """A visitor of each worker's own."""
    return ClientInfo(address=f"203.0.113.{number}")


def test_a02_eight_posts_of_one_challenge_open_one_session() -> None:
    challenge = ask(wallet())
    proof = {"message": challenge.message, "signature": sign(wallet(), challenge.message)}
    answers = crowd(WORKERS, lambda number: sign_in(**proof, client=visitor(number), now=NOW).session.pk)
    assert answers.count("SIWE_NONCE_USED") == WORKERS - 1
    assert Session.objects.count() == RefreshToken.objects.count() == User.objects.count() == 1


def test_a11_eight_first_sign_ins_of_one_address_make_one_person() -> None:
    for turn in range(1, 4):
        account = wallet(turn)
        proofs = [ask(account, client=visitor(number)) for number in range(OPEN_CHALLENGES)]
        signed = [{"message": each.message, "signature": sign(account, each.message)} for each in proofs]
        answers = crowd(
            WORKERS,
            lambda number, signed=signed: (
                sign_in(**signed[number % OPEN_CHALLENGES], client=visitor(number), now=NOW).user.pk
            ),
        )
        opened = [answer for answer in answers if answer != "SIWE_NONCE_USED"]
        assert len(opened) == OPEN_CHALLENGES and len(set(opened)) == 1
        assert User.objects.count() == LinkedWallet.objects.count() == turn


def test_a16_eight_refreshes_of_one_token_get_the_same_child() -> None:
    held = enter(wallet()).refresh
    for _ in range(4):
        answers = crowd(
            WORKERS,
            lambda number, held=held: refresh(refresh_token=held, client=visitor(number), now=NOW).refresh,
        )
        assert len(set(answers)) == 1 and answers[0] != held
        assert RefreshToken.objects.filter(rotated_at=None, revoked_at=None).count() == 1
        held = answers[0]
    assert one_live_token_per_session() == []


def test_a19_signing_out_beside_refreshes_leaves_nothing_alive() -> None:
    for turn in range(1, 6):
        opened = enter(wallet(turn))

        def act(number: int, opened: Any = opened) -> Any:
            if number == 0:
                by = Actor.user(opened.user)
                return sessions.end_session(
                    session=opened.session, because=SessionEnd.SIGNED_OUT, by=by, now=NOW
                )
            return refresh(refresh_token=opened.refresh, client=visitor(number), now=NOW).refresh

        answers = crowd(WORKERS, act)
        assert answers[0] is True and len(set(answers[1:]) - {"SESSION_ENDED"}) <= 1
        alive = RefreshToken.objects.filter(session=opened.session, rotated_at=None, revoked_at=None)
        assert not alive.exists()
    assert one_live_token_per_session() == []


def test_a21_eight_challenges_at_once_stay_within_the_bound() -> None:
    for _ in range(3):
        answers = crowd(WORKERS, lambda number: ask(wallet(), client=visitor(number)).pk)
        assert all(isinstance(answer, int) for answer in answers)
        assert Challenge.objects.filter(consumed_at=None).count() <= OPEN_CHALLENGES


def test_a23_eight_links_of_one_wallet_at_once_link_it_once() -> None:
    people = [enter(wallet(number + 1), client=visitor(number)) for number in range(WORKERS)]
    taken = wallet(100)
    # The slots of an address are few; the race is for the wallet, so each holds a challenge of its own in turn.
    for pair in range(0, WORKERS, 4):
        challenges = {
            number: ask(taken, for_user=people[number].user, client=visitor(number))
            for number in range(pair, pair + 4)
        }

        def act(number: int, challenges: dict[int, Challenge] = challenges, pair: int = pair) -> Any:
            number = pair + number % 4
            message = challenges[number].message
            return link_wallet(
                user=people[number].user,
                session=people[number].session,
                message=message,
                signature=sign(taken, message),
                client=CLIENT,
                now=NOW,
            ).user_id

        answers = crowd(WORKERS, act)
        refused = {"WALLET_ALREADY_LINKED", "SIWE_NONCE_USED"}
        linked = [answer for answer in answers if answer not in refused]
        assert len(linked) == (1 if pair == 0 else 0) and "WALLET_ALREADY_LINKED" in answers
    assert LinkedWallet.objects.filter(address=taken.address.lower()).count() == 1


def test_eight_rotations_of_one_service_token_make_one_secret() -> None:
    by = Actor.system("tests.users")
    issue_service_token(name="monitor", scopes=["health"], by=by, now=NOW)
    seen = [ServiceToken.objects.get() for _ in range(WORKERS)]
    answers = crowd(
        WORKERS, lambda number: rotate_service_token(token=seen[number], overlap=NOW - NOW, by=by, now=NOW)[1]
    )
    assert answers.count("STATE_CHANGED") == WORKERS - 1
