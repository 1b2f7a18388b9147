"""The routes of the lifecycle family."""

from django.urls import path

from apps.competition.api import views

urlpatterns = [
    path("lifecycle/clones", views.LifecycleView.as_view(), name="lifecycle-clones"),
    path("lifecycle/arena", views.ArenaView.as_view(), name="lifecycle-arena"),
    path("lifecycle/queue", views.QueueView.as_view(), name="lifecycle-queue"),
    path("lifecycle/auditions", views.AuditionsView.as_view(), name="lifecycle-auditions"),
    path("lifecycle/auditions/<slug:public_id>", views.AuditionView.as_view(), name="lifecycle-audition"),
    path("lifecycle/rulebooks/<slug:digest>", views.RulebookView.as_view(), name="lifecycle-rulebook"),
]
