from django.db import migrations, models

ONCE = models.UniqueConstraint(condition=models.Q(('mechanism', None)), fields=('activity', 'country'), name='transfer_without_mechanism_once', violation_error_message='A transfer to this country without a mechanism is recorded already.')


def add(apps, schema_editor):
    """On PostgreSQL without keeping writers waiting. What an attempt that failed left is dropped."""
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.add_constraint(apps.get_model("registry", "Transfer"), ONCE)
        return
    schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS transfer_without_mechanism_once")
    schema_editor.execute(
        "CREATE UNIQUE INDEX CONCURRENTLY transfer_without_mechanism_once"
        " ON registry_transfer (activity_id, country) WHERE mechanism_id IS NULL"
    )


def remove(apps, schema_editor):
    schema_editor.remove_constraint(apps.get_model("registry", "Transfer"), ONCE)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("registry", "0023_fields_for_more_rules")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove)],
            state_operations=[migrations.AddConstraint(model_name="transfer", constraint=ONCE)],
        ),
    ]
