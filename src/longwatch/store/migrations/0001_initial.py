"""The tables, as `django makemigrations` wrote them."""
# ruff: noqa
# fmt: off

import django.db.models.deletion
import longwatch.store.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.TextField(help_text="the patient's reference, `laboratory:NAME`, `held:KEY` or `clinic`")),
                ('kind', models.TextField(choices=[('finding', 'Finding'), ('overdue', 'Overdue'), ('feed', 'Feed'), ('chase', 'Chase'), ('follow-up', 'Follow Up'), ('desk', 'Desk'), ('incident', 'Incident')])),
                ('rule', models.TextField(help_text='id of the rule or activity')),
                ('episode', models.TextField(help_text='day of the finding that began it, or since when it is overdue')),
                ('protocol', models.TextField(null=True)),
                ('version', models.TextField(null=True)),
                ('detail', models.TextField(help_text='what was found, as JSON, as it was when it was raised')),
                ('historic', models.BooleanField(default=False, help_text='years old when it was entered: shown, and hurries nobody')),
                ('raised_at', models.DateTimeField()),
                ('tier', models.TextField(help_text='the worst so far')),
                ('step', models.PositiveIntegerField()),
                ('state', models.TextField(choices=[('raised', 'Raised'), ('seen', 'Seen'), ('escalated', 'Escalated'), ('nobody-answered', 'Nobody Answered'), ('acted', 'Acted'), ('snoozed', 'Snoozed'), ('raised-again', 'Raised Again'), ('closable', 'Closable'), ('value-corrected', 'Value Corrected'), ('closed', 'Closed')])),
                ('next_at', models.DateTimeField(help_text='when something happens by itself', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(unique=True)),
                ('every_seconds', models.FloatField()),
                ('last_try', models.DateTimeField()),
                ('last_success', models.DateTimeField(null=True)),
                ('said', models.TextField(default='', help_text='of the last success')),
                ('failure', models.TextField(default='', help_text='of the last try; empty when it succeeded')),
            ],
        ),
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(unique=True)),
                ('networks', models.TextField(help_text='JSON list such as 10.1.2.0/24; [] means anywhere')),
                ('token_digest', models.TextField(help_text='SHA-256 of the token, never the token', unique=True)),
                ('server', models.TextField(help_text="address under which its own Patient/1 is meant; '' if any")),
                ('author', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(unique=True)),
                ('value', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.TextField(help_text='UTC, ISO')),
                ('actor', models.TextField(help_text='user name, or the program: longwatch listen')),
                ('action', models.TextField()),
                ('kind', models.TextField(help_text='kind of thing that was read or changed')),
                ('target', models.TextField(help_text="which one; '' for several")),
                ('patient', models.TextField(help_text='reference of the patient concerned', null=True)),
                ('detail', models.TextField(help_text='JSON')),
                ('previous', models.TextField(unique=True)),
                ('hash', models.TextField(unique=True)),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'number'], name='store_audit_of')],
            },
        ),
        migrations.CreateModel(
            name='ExtraColumn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.TextField()),
                ('name', models.TextField()),
                ('kind', models.TextField(help_text='the Arrow type, as `str` writes it')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('table', 'name'), name='store_extra_column_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('raw', models.BinaryField()),
                ('digest', models.TextField(help_text='SHA-256 of the bytes')),
                ('channel', models.TextField(help_text='by which way it came: mllp, folder')),
                ('origin', models.TextField(help_text='who was at the other end: address, file name', null=True)),
                ('sender', models.TextField(null=True)),
                ('control_id', models.TextField(null=True)),
                ('received_at', models.DateTimeField()),
                ('state', models.TextField(choices=[('filed', 'Filed'), ('held', 'Held'), ('refused', 'Refused'), ('duplicate', 'Duplicate')])),
                ('reason', models.TextField(help_text='why it was held or refused', null=True)),
                ('first', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repetitions', to='store.message')),
            ],
        ),
        migrations.CreateModel(
            name='HeldItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(help_text='`held.id`: the same thing is held once', unique=True)),
                ('table', models.TextField(null=True)),
                ('source', models.TextField(null=True)),
                ('where', models.TextField(null=True)),
                ('reason', models.TextField(null=True)),
                ('detail', models.TextField(null=True)),
                ('mend', models.TextField(null=True)),
                ('patient', models.TextField(help_text='as it was said; may be on no list', null=True)),
                ('raw', models.TextField(null=True)),
                ('received', longwatch.store.fields.ClinicTimeField(null=True)),
                ('payload', models.TextField(null=True)),
                ('extra', models.TextField(null=True)),
                ('filed_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolved_by', models.TextField(null=True)),
                ('resolution', models.TextField(choices=[('filed', 'Filed'), ('rejected', 'Rejected')], null=True)),
                ('resolution_reason', models.TextField(null=True)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held_items', to='store.message')),
            ],
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.TextField(unique=True)),
                ('name', models.TextField(help_text='one line: Family, Given Middle', null=True)),
                ('birth_date', models.DateField(null=True)),
                ('sex', models.TextField(null=True)),
                ('ms_onset', models.DateField(null=True)),
                ('extra', models.TextField(help_text='further columns of the Record, as JSON', null=True)),
                ('filed_at', models.DateTimeField(help_text='when the store learned of this person')),
                ('joined_into', models.ForeignKey(help_text='the same human being under another reference; `PatientLink` says since when', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='joined', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='OwnRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('self', 'Self'), ('carer', 'Carer')])),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(help_text='empty while it holds', null=True)),
                ('consent', models.TextField(help_text='of a carer: how the person agreed', null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='own_records', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='MovedVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visit', models.TextField(help_text="the visit's number as sent")),
                ('author', models.TextField()),
                ('reason', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('into', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='Infusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('filed_at', models.DateTimeField()),
                ('gone', models.BooleanField(default=False)),
                ('digest', models.TextField()),
                ('extra', models.TextField(help_text='further columns of the Record, as JSON', null=True)),
                ('source', models.TextField(null=True)),
                ('course', models.IntegerField(null=True)),
                ('day', models.IntegerField(null=True)),
                ('dose_mg', models.FloatField(null=True)),
                ('drug', models.TextField(null=True)),
                ('started', longwatch.store.fields.ClinicTimeField(null=True)),
                ('ended', longwatch.store.fields.ClinicTimeField(null=True)),
                ('status', models.TextField(null=True)),
                ('issued', models.TextField(null=True)),
                ('inferred', models.TextField(help_text='yes: course or day were counted, not sent', null=True)),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='store.infusion')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('authority', models.TextField()),
                ('value', models.TextField()),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(help_text='the last day; empty while it is in use', null=True)),
                ('learned', models.TextField(help_text='how it became known: registry, message, person')),
                ('filed_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('filed_at', models.DateTimeField()),
                ('gone', models.BooleanField(default=False)),
                ('digest', models.TextField()),
                ('extra', models.TextField(help_text='further columns of the Record, as JSON', null=True)),
                ('source', models.TextField(null=True)),
                ('kind', models.TextField()),
                ('code', models.TextField(null=True)),
                ('end_date', models.DateField(null=True)),
                ('grade', models.IntegerField(null=True)),
                ('text', models.TextField(null=True)),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='store.event')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('call', 'Call'), ('text', 'Text'), ('email', 'Email'), ('letter', 'Letter'), ('visit', 'Visit')])),
                ('outcome', models.TextField(choices=[('reached', 'Reached'), ('left-word', 'Left Word'), ('no-answer', 'No Answer'), ('sent', 'Sent'), ('failed', 'Failed'), ('bounced', 'Bounced')])),
                ('at', models.DateTimeField()),
                ('note', models.TextField(null=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alert', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='store.alert')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='store.patient')),
            ],
        ),
        migrations.AddField(
            model_name='alert',
            name='patient',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='store.patient'),
        ),
        migrations.CreateModel(
            name='PatientLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('kind', models.TextField(choices=[('joined', 'Joined'), ('separated', 'Separated')])),
                ('author', models.TextField(help_text='user name, or the program')),
                ('reason', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('into', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='ProtocolInForce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('protocol', models.TextField(help_text="id of the pack, or path of the clinic's overlay")),
                ('version', models.TextField(help_text='empty: the version that is installed', null=True)),
                ('digest', models.TextField(null=True)),
                ('since', models.DateField()),
                ('author', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='protocols', to='store.patient')),
            ],
        ),
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('filed_at', models.DateTimeField()),
                ('gone', models.BooleanField(default=False)),
                ('digest', models.TextField()),
                ('extra', models.TextField(help_text='further columns of the Record, as JSON', null=True)),
                ('source', models.TextField(null=True)),
                ('test', models.TextField()),
                ('value', models.FloatField(null=True)),
                ('comparator', models.TextField(null=True)),
                ('value_high', models.FloatField(null=True)),
                ('text', models.TextField(null=True)),
                ('unit', models.TextField(null=True)),
                ('low', models.FloatField(null=True)),
                ('high', models.FloatField(null=True)),
                ('status', models.TextField(null=True)),
                ('received', longwatch.store.fields.ClinicTimeField(null=True)),
                ('sent_value', models.TextField(null=True)),
                ('sent_unit', models.TextField(null=True)),
                ('laboratory', models.TextField(null=True)),
                ('flag', models.TextField(null=True)),
                ('note', models.TextField(null=True)),
                ('issued', models.TextField(help_text='when the laboratory issued it, as it wrote', null=True)),
                ('was', models.TextField(help_text='status before it was taken back', null=True)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.patient')),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='store.result')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='alert',
            name='result',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='store.result'),
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(unique=True)),
                ('deputy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stands_in_for', to='store.role')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='store.role')),
            ],
        ),
        migrations.CreateModel(
            name='AlertState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('state', models.TextField(choices=[('raised', 'Raised'), ('seen', 'Seen'), ('escalated', 'Escalated'), ('nobody-answered', 'Nobody Answered'), ('acted', 'Acted'), ('snoozed', 'Snoozed'), ('raised-again', 'Raised Again'), ('closable', 'Closable'), ('value-corrected', 'Value Corrected'), ('closed', 'Closed')])),
                ('at', models.DateTimeField()),
                ('tier', models.TextField(help_text='the worst so far')),
                ('next_at', models.DateTimeField(null=True)),
                ('note', models.TextField(help_text='what was done, or the reason', null=True)),
                ('detail', models.TextField(help_text='what was found since, as JSON', null=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='states', to='store.alert')),
                ('event', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.event')),
                ('result', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.result')),
                ('role', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.role')),
            ],
        ),
        migrations.AddField(
            model_name='alert',
            name='role',
            field=models.ForeignKey(help_text='who is asked now', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.role'),
        ),
        migrations.CreateModel(
            name='SentResource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(help_text='resource type')),
                ('system', models.TextField()),
                ('value', models.TextField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.message')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.sender')),
            ],
        ),
        migrations.CreateModel(
            name='StrangerCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('origin', models.TextField()),
                ('times', models.BigIntegerField(default=0)),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'origin'), name='store_stranger_once')],
            },
        ),
        migrations.CreateModel(
            name='LearnedAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('laboratory', models.TextField()),
                ('kind', models.TextField(choices=[('code', 'Code'), ('unit', 'Unit')])),
                ('said', models.TextField()),
                ('test', models.TextField(help_text='catalogue id')),
                ('meaning', models.TextField(help_text='the test, or the unit of the catalogue')),
                ('reason', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(help_text='it counts from then on', null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'code'), ('withdrawn_at', None)), fields=('laboratory', 'said'), name='store_alias_code_once'), models.UniqueConstraint(condition=models.Q(('kind', 'unit'), ('withdrawn_at', None)), fields=('laboratory', 'test', 'said'), name='store_alias_unit_once'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('author')), _negated=True)), _connector='OR'), name='store_alias_two_people')],
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['sender', 'control_id'], name='store_message_control'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['channel', 'received_at'], name='store_message_heard'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('first', None), models.Q(('state', 'refused'), _negated=True)), fields=('digest', 'channel'), name='store_message_once'),
        ),
        migrations.AddIndex(
            model_name='helditem',
            index=models.Index(fields=['patient', 'reason'], name='store_held_of'),
        ),
        migrations.AddIndex(
            model_name='helditem',
            index=models.Index(condition=models.Q(('resolved_at', None)), fields=['filed_at'], name='store_held_waiting'),
        ),
        migrations.AddConstraint(
            model_name='helditem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution', None), ('resolved_at', None)), models.Q(('resolution__isnull', False), ('resolution_reason__isnull', False), ('resolved_at__isnull', False), ('resolved_by__isnull', False)), _connector='OR'), name='store_held_resolved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='ownrecord',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('user', 'patient'), name='store_own_record_once'),
        ),
        migrations.AddConstraint(
            model_name='ownrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'carer'), _negated=True), ('consent__isnull', False), _connector='OR'), name='store_carer_by_consent'),
        ),
        migrations.AddIndex(
            model_name='movedvisit',
            index=models.Index(fields=['visit', 'patient'], name='store_moved_visit'),
        ),
        migrations.AddIndex(
            model_name='infusion',
            index=models.Index(fields=['patient', 'date'], name='store_infusion_of'),
        ),
        migrations.AddConstraint(
            model_name='infusion',
            constraint=models.UniqueConstraint(fields=('digest',), name='store_infusion_once'),
        ),
        migrations.AddIndex(
            model_name='identifier',
            index=models.Index(fields=['value'], name='store_identifier_value'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(fields=('authority', 'value', 'patient'), name='store_identifier_once'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['patient', 'date'], name='store_event_of'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('digest',), name='store_event_once'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['patient', 'at'], name='store_contact_of'),
        ),
        migrations.AddIndex(
            model_name='patientlink',
            index=models.Index(fields=['filed_at'], name='store_link_since'),
        ),
        migrations.AddConstraint(
            model_name='patientlink',
            constraint=models.UniqueConstraint(fields=('patient', 'number'), name='store_link_step'),
        ),
        migrations.AddConstraint(
            model_name='patientlink',
            constraint=models.CheckConstraint(condition=models.Q(('patient', models.F('into')), _negated=True), name='store_link_two'),
        ),
        migrations.AddIndex(
            model_name='protocolinforce',
            index=models.Index(fields=['patient', 'since'], name='store_protocol_since'),
        ),
        migrations.AddIndex(
            model_name='result',
            index=models.Index(fields=['patient', 'date'], name='store_result_of'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(fields=('digest',), name='store_result_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('user', 'role'), name='store_membership_once'),
        ),
        migrations.AddConstraint(
            model_name='alertstate',
            constraint=models.UniqueConstraint(fields=('alert', 'number'), name='store_alert_step_once'),
        ),
        migrations.AddConstraint(
            model_name='alertstate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('result__isnull', False), ('event__isnull', False), models.Q(('actor__isnull', False), ('note__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='store_alert_closed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='alertstate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'acted'), _negated=True), models.Q(('actor__isnull', False), ('note__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='store_alert_acted_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('state', 'closed'), _negated=True), fields=['next_at'], name='store_alert_next'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('subject', 'kind', 'rule', 'episode'), name='store_alert_once'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('kind', 'follow-up'), _negated=True)), fields=('subject', 'kind', 'rule'), name='store_alert_one_open'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_at', None), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('next_at__isnull', False)), _connector='OR'), name='store_alert_has_a_next_moment'),
        ),
        migrations.AddConstraint(
            model_name='sentresource',
            constraint=models.UniqueConstraint(fields=('sender', 'kind', 'system', 'value'), name='store_sent_resource_once'),
        ),
    ]
