from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

if settings.SINGLE_SIGN_ON:
    from allauth.urls import build_provider_urlpatterns

    from registry.access.break_glass import break_glass

    # Of allauth's pages only the way to the provider and back. Where it would go elsewhere, one begins anew.
    to_sign_in = RedirectView.as_view(pattern_name="admin:login")
    elsewhere = [f"account_{name}" for name in ("login", "signup", "logout", "inactive", "reauthenticate")]
    elsewhere += [f"socialaccount_{name}" for name in ("signup", "login_cancelled", "login_error")]
    urlpatterns += [
        path("sso/", include(build_provider_urlpatterns())),
        *(path(f"sso/{name}/", to_sign_in, name=name) for name in elsewhere),
        path("break-glass/<slug:key>/<slug:token>/", break_glass, name="break_glass"),
    ]

if settings.REQUIRE_SECOND_FACTOR:
    from allauth.account import views

    to_admin = RedirectView.as_view(pattern_name="admin:index")
    elsewhere = ["signup", "logout", "inactive", "email", "change_password", "set_password", "reset_password"]
    urlpatterns += [
        path("account/login/", views.login, name="account_login"),
        path("account/reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
        path("account/second-factor/", include("allauth.mfa.urls")),
        *(path(f"account/{name}/", to_admin, name=f"account_{name}") for name in elsewhere),
    ]

handler400 = "registry.serving.errors.bad_request"
handler500 = "registry.serving.errors.server_error"
