"""What an operator who may change people cannot do: raise themselves, take over a superuser, or guess passwords."""

import limits
import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from apps.operations.models import AuditEvent
from apps.users import login_form
from apps.users.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 4 all"


@pytest.fixture
def clerk(client: Client) -> Client:
    """An operator with every permission about people and groups, and no superuser."""
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    about = Permission.objects.filter(content_type__app_label__in=("users", "auth"))
    user.user_permissions.add(*about)
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


def person(name: str) -> User:
    return User.objects.get(username=name)


def change(browser: Client, user: User, **fields: str) -> int:
    """Send the form of a person with these fields."""
    sent = {"username": user.username, "is_active": "on", **fields}
    return int(browser.post(f"/admin/users/user/{user.pk}/change/", sent).status_code)


def test_nobody_makes_themselves_a_superuser(clerk: Client) -> None:
    assert change(clerk, person("clerk"), is_staff="on", is_superuser="on") == 403
    assert not person("clerk").is_superuser


def test_nobody_makes_a_friend_an_operator(clerk: Client) -> None:
    friend = User.objects.create_user("friend")
    every = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    address = f"/admin/users/user/{friend.pk}/change/"
    sent = {"username": "friend", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert clerk.post(address, {**sent, "user_permissions": every}).status_code == 302
    friend.refresh_from_db()
    assert (friend.is_staff, friend.is_superuser, friend.user_permissions.count()) == (False, False, 0)


def test_nobody_sets_the_password_of_an_operator(clerk: Client, boss: User) -> None:
    new = {"password1": "hacked-hacked-1", "password2": "hacked-hacked-1", "usable_password": "true"}
    assert clerk.post(f"/admin/users/user/{boss.pk}/password/", new).status_code == 403
    assert change(clerk, boss, is_active="") == 403
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD) and boss.is_active


def test_nobody_gives_a_group_more_power(clerk: Client) -> None:
    group = Group.objects.create(name="moderators")
    every = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    address = f"/admin/auth/group/{group.pk}/change/"
    assert clerk.post(address, {"name": "moderators", "permissions": every}).status_code == 403
    assert clerk.post("/admin/auth/group/add/", {"name": "new", "permissions": every}).status_code == 403
    assert group.permissions.count() == 0 and Group.objects.count() == 1


def test_a_superuser_may_and_each_act_is_on_record(client: Client, boss: User) -> None:
    client.force_login(boss)
    friend = User.objects.create_user("friend")
    assert change(client, friend, is_staff="on") == 302
    new = {"password1": "a-long-new-word-1", "password2": "a-long-new-word-1", "usable_password": "true"}
    assert client.post(f"/admin/users/user/{friend.pk}/password/", new).status_code == 302
    assert person("friend").is_staff and person("friend").check_password("a-long-new-word-1")
    permission = Permission.objects.get(codename="change_clone")
    added = client.post("/admin/auth/group/add/", {"name": "moderators", "permissions": [str(permission.pk)]})
    assert added.status_code == 302
    events = AuditEvent.objects.filter(verb__startswith="users.").order_by("pk")
    assert [(event.verb, event.actor_id, event.detail) for event in events] == [
        ("users.user.changed", boss.public_id, {"changed": ["Staff status"]}),
        ("users.user.changed", boss.public_id, {"changed": ["password"]}),
        ("users.group.saved", boss.public_id, {"permissions": ["clones.change_clone"]}),
    ]


def test_passwords_are_not_guessed_without_end(boss: User) -> None:
    browser = Client()
    wrong = {"username": "boss", "password": "wrong"}
    for _ in range(10):
        assert "Too many" not in browser.post("/admin/login/", wrong).content.decode()
    right = browser.post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert right.status_code == 200 and "Too many requests; try again in 60 s." in right.content.decode()
    elsewhere = browser.post(
        "/admin/login/", {"username": "boss", "password": PASSWORD}, REMOTE_ADDR="203.0.113.9"
    )
    assert elsewhere.status_code == 302


def test_one_network_cannot_lock_a_person_out() -> None:
    per_hour = limits.parse(login_form.NAME_RATE)
    per_minute = limits.parse(login_form.NETWORK_RATE)
    assert per_hour.amount > 60 * per_minute.amount


def test_a_name_is_not_guessed_from_everywhere(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_form, "NAME_RATE", "30/hour")
    browser = Client()
    for number in range(30):
        place = f"203.0.113.{number}"
        browser.post("/admin/login/", {"username": "boss", "password": "wrong"}, REMOTE_ADDR=place)
    right = {"username": "boss", "password": PASSWORD}
    assert browser.post("/admin/login/", right, REMOTE_ADDR="198.51.100.1").status_code == 200
