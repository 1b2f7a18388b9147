"""The pages of one's own clone, below my/clones/<id>/."""

from django.urls import path

from apps.web.pages import audition, builder, decisions, profile, versions

urlpatterns = [
    path("", builder.root, name="my-clone"),
    path("build", builder.build, name="my-clone-build"),
    path("publish", builder.publish, name="my-clone-publish"),
    path("audition", audition.page, name="my-clone-audition"),
    path("audition/quote", audition.quote, name="my-clone-quote"),
    path("try", decisions.try_out, name="my-clone-try"),
    path("decisions", decisions.page, name="my-clone-decisions"),
    path("decisions/<slug:run_id>", decisions.decision, name="my-clone-decision"),
    path("versions", versions.page, name="my-clone-versions"),
    path("versions/<int:number>", versions.version, name="my-clone-version"),
    path("versions/<int:number>/restore", versions.restore, name="my-clone-restore"),
    path("versions/<int:number>/fork", versions.fork, name="my-clone-fork"),
    path("profile", profile.page, name="my-clone-profile"),
    path("profile/image", profile.image, name="my-clone-image"),
    path("profile/image/remove", profile.remove_image, name="my-clone-image-remove"),
]
