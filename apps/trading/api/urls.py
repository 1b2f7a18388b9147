"""Routes of the trading app, below /api/v1/."""

from django.urls import path

from apps.trading.api import decided, dry_run, operators, proofs, views

app_name = "trading"
ACCOUNT = "prop/accounts/<slug:public_id>"
OPERATED = f"admin/{ACCOUNT}"
urlpatterns = [
    path("clones/<slug:clone_id>/dry-run", dry_run.DryRunView.as_view(), name="dry-run"),
    path("prop/accounts", views.OwnAccountsView.as_view(), name="accounts"),
    path(ACCOUNT, views.AccountView.as_view(), name="account"),
    path(f"{ACCOUNT}/orders", views.OrdersView.as_view(), name="orders"),
    path(f"{ACCOUNT}/fills", views.FillsView.as_view(), name="fills"),
    path(f"{ACCOUNT}/ledger", views.LedgerView.as_view(), name="ledger"),
    path(f"{ACCOUNT}/equity", views.EquityView.as_view(), name="equity"),
    path(f"{ACCOUNT}/triggers", views.TriggersView.as_view(), name="triggers"),
    path(f"{ACCOUNT}/money", views.MoneyView.as_view(), name="money"),
    path(f"{ACCOUNT}/as-of", views.AsOfView.as_view(), name="as-of"),
    path("prop/decisions/<slug:run_id>", decided.BundleView.as_view(), name="decision"),
    path(
        "prop/decisions/<slug:run_id>/verification",
        decided.VerificationView.as_view(),
        name="decision-verification",
    ),
    path("proofs/days", proofs.DaysView.as_view(), name="proof-days"),
    path("proofs/days/<slug:day>", proofs.DayView.as_view(), name="proof-day"),
    path(
        "proofs/days/<slug:day>/accounts/<slug:public_id>",
        proofs.MembershipView.as_view(),
        name="proof-account",
    ),
    path("admin/prop/accounts", operators.EveryAccountView.as_view(), name="every-account"),
    path(f"{OPERATED}/pause", operators.ActView.as_view(), name="pause"),
    path(f"{OPERATED}/resume", operators.ResumeView.as_view(), name="resume"),
    path(f"{OPERATED}/reduce-only", operators.ReduceOnlyView.as_view(), name="reduce-only"),
    path(f"{OPERATED}/halt", operators.HaltView.as_view(), name="halt"),
    path(f"{OPERATED}/lock", operators.LockView.as_view(), name="lock"),
    path(f"{OPERATED}/complete", operators.CompleteView.as_view(), name="complete"),
    path(f"{OPERATED}/policy", operators.PolicyView.as_view(), name="policy"),
    path(f"{OPERATED}/adjust", operators.AdjustView.as_view(), name="adjust"),
    path(f"{OPERATED}/force-liquidate", operators.ForceLiquidateView.as_view(), name="force-liquidate"),
]
