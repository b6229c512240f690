"""The first migration in one go: all tables from their final shape."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class AtOnce(migrations.Migration):
    """A first migration whose tables are all made at the end, with every column and index.

    Step by step Django makes its picture of all models anew for every table, index and constraint,
    and SQLite the table itself: most of the wait for the first page of a new store.
    """

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Makes the tables; the state after it is that of the same steps one by one."""
        after = project_state.clone()
        # Without a picture of the models no step draws it anew; it is drawn once, below.
        after.__dict__.pop("apps", None)
        for step in self.operations:
            step.state_forwards(self.app_label, after)
        for step in self.operations:
            if isinstance(step, migrations.CreateModel):
                schema_editor.create_model(after.apps.get_model(self.app_label, step.name))
        return after
