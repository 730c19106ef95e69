from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

#: Who is linked to which identity is not edited by hand: it would leave no record.
LINKS = {"account", "socialaccount", "mfa"}


#: What Django says and its Swedish lacks: the catalogue of the register says it.
FROM_DJANGO = (
    gettext_noop("- Select an option -"),
    gettext_noop("Filter by %(field_name)s"),
    gettext_noop("Logout"),
    gettext_noop("No %s matches the given query."),
    gettext_noop('The app "%s" could not be found.'),
)


class RegistryConfig(AppConfig):
    default = True
    name = "registry"
    verbose_name = _("Register of processors")

    def ready(self) -> None:
        from registry.accounts import roles, sessions
        from registry.history import change_sets, checks, guard, people, triggers
        from registry.models import normal_form, stored_verdicts

        change_sets.BEFORE_SEALING.append(stored_verdicts.renew_touched_verdicts)
        people.connect()
        sessions.connect_sessions()
        if settings.REQUIRE_SECOND_FACTOR:
            from registry.accounts import second_factor

            second_factor.connect_second_factor()
        if settings.SINGLE_SIGN_ON:
            from registry.accounts import single_sign_on

            single_sign_on.connect_single_sign_on()
        connection_created.connect(guard.watch_connection)
        pre_migrate.connect(guard.while_migrating, sender=self)
        post_migrate.connect(guard.after_migrating, sender=self)
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        post_migrate.connect(normal_form.after_migrate, sender=self)
        post_migrate.connect(stored_verdicts.renew_after_migrate, sender=self)
        post_migrate.connect(roles.sync_after_migrate, sender=self)
        register(checks.check_models, Tags.models)
        register(checks.check_triggers, Tags.database)
        register(checks.check_relations, Tags.database)


class RegisterAdminConfig(SimpleAdminConfig):
    default = False
    default_site = "registry.web.site.RegisterSite"

    def ready(self) -> None:
        # Imported here, for it looks up this application.
        from django.contrib.admin import site

        super().ready()
        autodiscover_modules("admin", "web.admin", register_to=site)
        for model in list(site._registry):
            if model._meta.app_label in LINKS:
                site.unregister(model)
