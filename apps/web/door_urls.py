"""Where a player signs in, and where one's own clones and account are."""

from django.urls import path

from apps.web.pages import account, my, payments, sign_in

urlpatterns = [
    path("sign-in", sign_in.page, name="sign-in"),
    path("sign-in/complete", sign_in.complete, name="sign-in-complete"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("my", my.page, name="my"),
    path("my/clones", my.create, name="my-create"),
    path("my/clones/<str:public_id>/fork", my.fork, name="my-fork"),
    path("my/clones/<str:public_id>/delete", my.delete, name="my-delete"),
    path("my/new-clone", payments.new_clone, name="my-new-clone"),
    path("my/payments", payments.page, name="my-payments"),
    path("my/payments/<slug:quote_id>", payments.payment, name="my-payment"),
    path("my/refunds/<slug:refund_id>", payments.refund, name="my-refund"),
    path("my/refunds/<slug:refund_id>/renew", payments.renew, name="my-refund-renew"),
    path("my/deposits/<slug:deposit_id>/refund", payments.ask, name="my-deposit-refund"),
    path("my/deposits/<slug:deposit_id>/claim", payments.claim, name="my-deposit-claim"),
    path("my/account", account.page, name="my-account"),
    path("my/account/wallets", account.link_wallet, name="my-link-wallet"),
    path("my/account/sessions/others/end", account.end_others, name="my-end-others"),
    path("my/account/sessions/<str:public_id>/end", account.end_session, name="my-end-session"),
    path("my/account/terminal", account.begin_terminal, name="my-terminal"),
    path("my/account/terminal/complete", account.complete_terminal, name="my-terminal-complete"),
    path("my/account/terminal/unlink", account.end_terminal, name="my-terminal-unlink"),
    path("terminal/linked", account.terminal_back, name="terminal-linked"),
]
