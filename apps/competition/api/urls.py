"""The routes of the lifecycle family."""

from django.urls import path

from apps.competition.api import auditions, sync, views

urlpatterns = [
    path("lifecycle/clones", views.LifecycleView.as_view(), name="lifecycle-clones"),
    path("lifecycle/refunds", views.RefundsView.as_view(), name="lifecycle-refunds"),
    path("lifecycle/arena", views.ArenaView.as_view(), name="lifecycle-arena"),
    path("lifecycle/arena/sync", sync.SyncView.as_view(), name="lifecycle-sync"),
    path("lifecycle/queue", views.QueueView.as_view(), name="lifecycle-queue"),
    path("lifecycle/auditions", auditions.AuditionsView.as_view(), name="lifecycle-auditions"),
    path("lifecycle/auditions/<slug:public_id>", auditions.AuditionView.as_view(), name="lifecycle-audition"),
    path(
        "lifecycle/auditions/<slug:public_id>/verdict",
        auditions.VerdictView.as_view(),
        name="lifecycle-verdict",
    ),
    path("lifecycle/auditions/<slug:public_id>/retry", auditions.RetryView.as_view(), name="lifecycle-retry"),
    path("lifecycle/rulebooks/<slug:digest>", views.RulebookView.as_view(), name="lifecycle-rulebook"),
]
