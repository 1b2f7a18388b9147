"""Routes of the clones app, below /api/v1/."""

from django.urls import path

from apps.clones.api import builder, clones, moderation, profile, strategies

app_name = "clones"
CLONE = "clone/clones/<str:public_id>"
PUBLIC = "public/clones/<str:public_id>"
MODERATED = "admin/moderation/clones/<str:public_id>"
VERSION = f"{CLONE}/versions/<int:number>"
urlpatterns = [
    path("clone/clones", clones.CloneListView.as_view(), name="clones"),
    path(CLONE, clones.CloneView.as_view(), name="clone"),
    path(f"{CLONE}/fork", clones.ForkView.as_view(), name="fork"),
    path(f"{CLONE}/lineage", clones.LineageView.as_view(), name="lineage"),
    path(f"{CLONE}/entitlements", clones.EntitlementListView.as_view(), name="entitlements"),
    path(f"{CLONE}/draft", strategies.DraftView.as_view(), name="draft"),
    path(f"{CLONE}/draft/restore", strategies.RestoreView.as_view(), name="restore"),
    path(f"{CLONE}/publish", strategies.PublishView.as_view(), name="publish"),
    path(f"{CLONE}/versions", strategies.VersionListView.as_view(), name="versions"),
    path(VERSION, strategies.VersionView.as_view(), name="version"),
    path(f"{VERSION}/diff/<int:other>", strategies.VersionDiffView.as_view(), name="version-diff"),
    path("clone/graph/check", builder.CheckView.as_view(), name="graph-check"),
    path("clone/graph/basic", builder.BasicView.as_view(), name="graph-basic"),
    path("clone/catalogue", builder.CatalogueView.as_view(), name="catalogue"),
    path(f"{CLONE}/image", profile.ImageView.as_view(), name="image"),
    path(PUBLIC, profile.PublicCloneView.as_view(), name="public-clone"),
    path(f"{PUBLIC}/report", profile.ReportView.as_view(), name="report"),
    path("admin/moderation/reports", moderation.ReportListView.as_view(), name="reports"),
    path(
        "admin/moderation/reports/<str:public_id>/resolve", moderation.ResolveView.as_view(), name="resolve"
    ),
    path(f"{MODERATED}/hide", moderation.ModerateView.as_view(), name="hide"),
    path(f"{MODERATED}/reinstate", moderation.ReinstateView.as_view(), name="reinstate"),
    path(f"{MODERATED}/retire", moderation.RetireView.as_view(), name="retire"),
]
