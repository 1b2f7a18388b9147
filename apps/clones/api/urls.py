"""Routes of the clones app, below /api/v1/."""

from django.urls import path

from apps.clones.api import views

app_name = "clones"
urlpatterns = [
    path("clone/clones", views.CloneListView.as_view(), name="clones"),
    path("clone/clones/<str:public_id>", views.CloneView.as_view(), name="clone"),
    path("clone/clones/<str:public_id>/draft", views.DraftView.as_view(), name="draft"),
    path("clone/clones/<str:public_id>/publish", views.PublishView.as_view(), name="publish"),
    path("public/clones/<str:public_id>", views.PublicCloneView.as_view(), name="public-clone"),
]
