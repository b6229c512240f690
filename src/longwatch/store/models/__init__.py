"""The tables of the store.

Text columns may be NULL where Django would prefer '': a Record tells "not said" from "empty".
"""

from __future__ import annotations

from longwatch.store.models.accounts import OwnRecord as OwnRecord
from longwatch.store.models.accounts import Scope as Scope
from longwatch.store.models.alerts import Alert as Alert
from longwatch.store.models.alerts import AlertState as AlertState
from longwatch.store.models.alerts import Contact as Contact
from longwatch.store.models.alerts import State as State
from longwatch.store.models.arrangements import Booking as Booking
from longwatch.store.models.arrangements import BookingEnd as BookingEnd
from longwatch.store.models.arrangements import Place as Place
from longwatch.store.models.arrangements import Preference as Preference
from longwatch.store.models.audit import AuditEntry as AuditEntry
from longwatch.store.models.diary import DiaryEntry as DiaryEntry
from longwatch.store.models.diary import DiarySeen as DiarySeen
from longwatch.store.models.diary import Question as Question
from longwatch.store.models.diary import QuestionStep as QuestionStep
from longwatch.store.models.drafts import Draft as Draft
from longwatch.store.models.emergency_access import EmergencyAccess as EmergencyAccess
from longwatch.store.models.facts import Event as Event
from longwatch.store.models.facts import ExtraColumn as ExtraColumn
from longwatch.store.models.facts import Infusion as Infusion
from longwatch.store.models.facts import Result as Result
from longwatch.store.models.inbox import InboxItem as InboxItem
from longwatch.store.models.inbox import SignOff as SignOff
from longwatch.store.models.infusion_day import InfusionEntry as InfusionEntry
from longwatch.store.models.interfaces import CardFeedback as CardFeedback
from longwatch.store.models.interfaces import HookCard as HookCard
from longwatch.store.models.interfaces import ReadingClient as ReadingClient
from longwatch.store.models.invitations import Invitation as Invitation
from longwatch.store.models.jobs import JobRun as JobRun
from longwatch.store.models.messages import HeldItem as HeldItem
from longwatch.store.models.messages import LearnedAlias as LearnedAlias
from longwatch.store.models.messages import Message as Message
from longwatch.store.models.overlays import Overlay as Overlay
from longwatch.store.models.own_ways import CalendarVersion as CalendarVersion
from longwatch.store.models.own_ways import SecretLink as SecretLink
from longwatch.store.models.own_ways import Wishes as Wishes
from longwatch.store.models.people import Identifier as Identifier
from longwatch.store.models.people import MovedVisit as MovedVisit
from longwatch.store.models.people import Patient as Patient
from longwatch.store.models.people import PatientLink as PatientLink
from longwatch.store.models.people import ProtocolInForce as ProtocolInForce
from longwatch.store.models.preparations import Preparation as Preparation
from longwatch.store.models.reminders import AskingEnded as AskingEnded
from longwatch.store.models.reminders import Dispatch as Dispatch
from longwatch.store.models.reminders import FollowUp as FollowUp
from longwatch.store.models.reminders import Reachability as Reachability
from longwatch.store.models.reminders import Reminder as Reminder
from longwatch.store.models.reminders import ReminderRound as ReminderRound
from longwatch.store.models.reminders import SendAttempt as SendAttempt
from longwatch.store.models.reminders import StaffTask as StaffTask
from longwatch.store.models.senders import Sender as Sender
from longwatch.store.models.senders import SentResource as SentResource
from longwatch.store.models.senders import StrangerCount as StrangerCount
from longwatch.store.models.staff import Membership as Membership
from longwatch.store.models.staff import Role as Role
from longwatch.store.models.staff import Setting as Setting
from longwatch.store.models.standing import Standing as Standing
