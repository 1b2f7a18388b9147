"""Routes of the clones app, below /api/v1/."""

from django.urls import path

from apps.clones.api import clones, profile, strategies

app_name = "clones"
CLONE = "clone/clones/<str:public_id>"
urlpatterns = [
    path("clone/clones", clones.CloneListView.as_view(), name="clones"),
    path(CLONE, clones.CloneView.as_view(), name="clone"),
    path(f"{CLONE}/draft", strategies.DraftView.as_view(), name="draft"),
    path(f"{CLONE}/publish", strategies.PublishView.as_view(), name="publish"),
    path("public/clones/<str:public_id>", profile.PublicCloneView.as_view(), name="public-clone"),
]
