from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Also collect the texts of pure modules, which mark them with ``translatable(...)``."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=translatable"]
