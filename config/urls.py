from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

if not settings.SINGLE_SIGN_ON:
    from registry.accounts import password_links

    urlpatterns += [
        path("password/forgotten/", password_links.ForgottenPasswordView.as_view(), name="password_forgotten"),
        path("password/forgotten/sent/", password_links.sent, name="password_forgotten_sent"),
        path("password/chosen/", password_links.chosen, name="password_chosen"),
        path("password/<uidb64>/<token>/", password_links.ChoosePasswordView.as_view(), name="password_choose"),
    ]

if settings.SINGLE_SIGN_ON:
    from allauth.socialaccount.providers.openid_connect.views import callback
    from django.views.decorators.http import require_safe

    from registry.accounts.break_glass import break_glass
    from registry.accounts.single_sign_on import begin_sign_in

    # Of allauth's pages only the way to the provider and back. Where it would go elsewhere, one begins anew.
    provider = "^sso/oidc/(?P<provider_id>provider)/login/"
    to_sign_in = RedirectView.as_view(pattern_name="admin:login")
    elsewhere = [f"account_{name}" for name in ("login", "signup", "logout", "inactive", "reauthenticate")]
    elsewhere += [f"socialaccount_{name}" for name in ("signup", "login_cancelled", "login_error")]
    urlpatterns += [
        re_path(f"{provider}$", begin_sign_in, name="openid_connect_login"),
        re_path(f"{provider}callback/$", require_safe(callback), name="openid_connect_callback"),
        *(path(f"sso/{name}/", to_sign_in, name=name) for name in elsewhere),
        path("break-glass/<slug:key>/<slug:token>/", break_glass, name="break_glass"),
    ]

if settings.REQUIRE_SECOND_FACTOR:
    from allauth.account import views
    from allauth.mfa.base import views as factor
    from allauth.mfa.recovery_codes import views as codes
    from allauth.mfa.totp import views as app
    from allauth.mfa.webauthn import views as keys

    # Of allauth's pages those that are linked from the page of one's account, and no other that it may have.
    second_factor = [
        path("", RedirectView.as_view(pattern_name="admin:account"), name="mfa_index"),
        path("authenticate/", factor.authenticate, name="mfa_authenticate"),
        path("reauthenticate/", factor.reauthenticate, name="mfa_reauthenticate"),
        path("totp/activate/", app.activate_totp, name="mfa_activate_totp"),
        path("totp/deactivate/", app.deactivate_totp, name="mfa_deactivate_totp"),
        path("recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
        path("recovery-codes/generate/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
        path("webauthn/", keys.list_webauthn, name="mfa_list_webauthn"),
        path("webauthn/add/", keys.add_webauthn, name="mfa_add_webauthn"),
        path("webauthn/reauthenticate/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
        path("webauthn/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
        path("webauthn/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    ]
    to_admin = RedirectView.as_view(pattern_name="admin:index")
    elsewhere = ["signup", "logout", "inactive", "email", "change_password", "set_password"]
    urlpatterns += [
        path("account/login/", views.login, name="account_login"),
        path("account/reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
        path("account/second-factor/", include(second_factor)),
        *(path(f"account/{name}/", to_admin, name=f"account_{name}") for name in elsewhere),
        path("account/reset_password/", to_admin),  # without a name: allauth's forms would link to it
    ]

handler400 = "registry.server.errors.bad_request"
handler500 = "registry.server.errors.server_error"
