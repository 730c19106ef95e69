from django.db import migrations, models

from registry.models.user_names import name_key


def fill(apps, schema_editor):
    """The first user of a name has its key; others whose names could be taken for it keep theirs, and have none."""
    users = models.QuerySet(apps.get_model("registry", "User"), using=schema_editor.connection.alias)
    known = set(users.exclude(name_key=None).values_list("name_key", flat=True))
    for pk, name in users.filter(name_key=None).order_by("pk").values_list("pk", "username"):
        key = name_key(name)
        if key not in known:
            users.filter(pk=pk).update(name_key=key)
            known.add(key)


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_user_names")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
