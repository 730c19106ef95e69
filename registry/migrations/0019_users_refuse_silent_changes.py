from django.db import migrations


class Migration(migrations.Migration):
    """Nothing in the database: related managers of users are those that refuse what leaves no record."""

    dependencies = [("registry", "0018_user_name_once")]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"base_manager_name": "objects", "verbose_name": "user", "verbose_name_plural": "users"},
        ),
    ]
