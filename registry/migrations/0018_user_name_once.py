from django.db import migrations, models

ONCE = models.UniqueConstraint(
    fields=("name_key",), condition=~models.Q(name_key=None), name="user_name_once"
)


def add(apps, schema_editor):
    """On PostgreSQL without keeping those waiting who sign in meanwhile. What an attempt that failed left is dropped."""
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.add_constraint(apps.get_model("registry", "User"), ONCE)
        return
    schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS user_name_once")
    schema_editor.execute(
        "CREATE UNIQUE INDEX CONCURRENTLY user_name_once ON registry_user (name_key) WHERE name_key IS NOT NULL"
    )


def remove(apps, schema_editor):
    schema_editor.remove_constraint(apps.get_model("registry", "User"), ONCE)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("registry", "0017_keys_of_user_names")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove)],
            state_operations=[migrations.AddConstraint(model_name="user", constraint=ONCE)],
        ),
    ]
