"""Operations of migrations that Django does not have."""

from typing import Any

from django.db.migrations.operations import AddConstraint, AlterField


class AddCheckForNewRows(AddConstraint):
    """Add a CHECK that rows from now on have to satisfy; rows that are there already may violate it.

    PostgreSQL adds it as NOT VALID. SQLite copies the table, and ``manage.py migrate`` has it copy whatever is there.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            statement = self.constraint.create_sql(model, schema_editor)
            schema_editor.execute(f"{statement} NOT VALID", params=None)


class AllowNull(AlterField):
    """Let a reference be empty, and change nothing else. On PostgreSQL Django would check all references anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            column = model._meta.get_field(self.name).column
            schema_editor.execute(f"ALTER TABLE {model._meta.db_table} ALTER COLUMN {column} DROP NOT NULL")
