from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Also finds the words of pure modules, which mark them with ``words(...)`` and translate nothing themselves."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=words"]
