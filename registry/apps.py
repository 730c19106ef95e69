from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = _("Register of processors")

    def ready(self) -> None:
        from registry.audit import append_only, checks, people

        people.connect()
        post_migrate.connect(append_only.install_after_migrate, sender=self)
        register(checks.check_models, Tags.models)
        register(checks.check_triggers, Tags.database)
