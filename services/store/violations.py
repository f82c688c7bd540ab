"""Every named constraint of schema.sql, translated once into words that say what to do.

A function of the store wraps its writes in `translated()`; a rule that the database found broken then reaches the
caller as the same `RefusedError` as one that the library found, with the driver's error as its cause.
tests/store/test_violations.py proves that each constraint of the live schema stands in exactly one of the two mappings.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from asyncpg import IntegrityConstraintViolationError

from libsubsidy import Violation
from services.store.refusals import RefusedError, violation

# The constraint, or the trigger or unique index that works like one -> a key of the store's sentences.
TRANSLATIONS: Final[Mapping[str, str]] = {
    "employer_code_form": "EMPLOYER_CODE_FORM",
    "employer_code_once": "EMPLOYER_CODE_TAKEN",
    "employer_org_code_once": "ORG_CODE_TAKEN",
    "employer_credit_code_once": "CREDIT_CODE_TAKEN",
    "employer_name_length": "NAME_LENGTH",
    "person_name_length": "NAME_LENGTH",
    "employment_of_employer": "EMPLOYER_ABSENT",
    "employment_once": "EMPLOYEE_ALREADY/race",
    "employment_one_at_a_time": "EMPLOYED_ELSEWHERE/race",
    "employment_opening_periods_positive": "OPENING_PERIODS_NEGATIVE",
    "file_amount_positive": "AMOUNT_NOT_POSITIVE/some",
    "remittance_order_of_employer": "EMPLOYER_ABSENT",
    "remittance_order_one_month_unless_monthly": "ORDER_ONE_MONTH",
    "remittance_order_monthly_at_most_twelve": "BP_RANGE_TOO_LONG/some",
    "remittance_order_moves": "ORDER_STATE/some",
    "remittance_order_frozen": "ORDER_FROZEN",
    "order_line_of_person": "PERSON_ABSENT",
    "order_line_amount_positive": "AMOUNT_NOT_POSITIVE/some",
    "order_line_added_to_draft": "ORDER_FROZEN",
    "order_line_changed_in_draft": "ORDER_FROZEN",
    "order_line_changed_to_draft": "ORDER_FROZEN",
    "order_line_taken_from_draft": "ORDER_FROZEN",
    "lump_cover_of_person": "PERSON_ABSENT",
    "lump_cover_added_to_draft": "ORDER_FROZEN",
    "lump_cover_changed_in_draft": "ORDER_FROZEN",
    "lump_cover_changed_to_draft": "ORDER_FROZEN",
    "lump_cover_taken_from_draft": "ORDER_FROZEN",
    "claim_once": "MONTH_ALREADY_LIVE/race",
    "payment_notice_moves": "NOTICE_STATE/some",
    "application_of_employer": "EMPLOYER_ABSENT",
    "application_moves": "APPLICATION_STATE/some",
    "application_frozen": "APPLICATION_FROZEN",
    "attachment_of_employer": "EMPLOYER_ABSENT",
    "attachment_moves": "ATTACHMENT_BOUND/some",
    "portal_user_login_once": "LOGIN_TAKEN",
    "portal_user_login_form": "LOGIN_FORM",
    "portal_user_name_length": "NAME_LENGTH",
    "portal_user_person_once": "PERSON_HAS_USER",
    "portal_user_has_its_tenant": "USER_TENANT",
    "portal_user_of_employer": "EMPLOYER_ABSENT",
    "portal_user_of_person": "PERSON_ABSENT",
    "api_token_has_scopes": "TOKEN_SCOPES",
    "registration_moves": "REGISTRATION_STATE/some",
    "registration_one_at_a_time": "REGISTRATION_PENDING",
    "user_preference_colour_known": "PREFERENCE_UNKNOWN",
    "user_preference_scheme_known": "PREFERENCE_UNKNOWN",
    "user_preference_page_size_known": "PREFERENCE_UNKNOWN",
    "note_length": "NOTE_TOO_LONG",
}

_GENERATED = "the key is generated"
_ENUM = "the value comes from an enum"
_FIRST_DAY = "the date comes from Month.first_day"
_LOCKED = "the row referred to was read, or locked, in the same transaction"
_PARSED = "the text was parsed by libsubsidy"
_UPSERT = "the only INSERT gives way ON CONFLICT"
_NEVER = "no function of the store tries it; the constraint is there for others"
_CHECKED = "the function checks it first, with more facts"
_OWN = "the function computes the value from rows that fulfil it"
_BANK = "bank lines are written by the reconciler, from values that it has checked"
_MONEY = "posting.py writes it in one statement that counts what it wrote"
_LEASED = "states of a statement, or a simulation, are changed by its leaseholder alone, each with all its columns"

# What no input can break through the functions of the store, and why; breaking one is a defect and stays a driver error.
UNREACHABLE: Final[Mapping[str, str]] = {
    "employer_pk": _GENERATED,
    "employer_org_code_form": _PARSED,
    "employer_state_known": _NEVER,
    "employer_kind_known": _PARSED,
    "employer_contact_mobile_form": _PARSED,
    "employer_refund_account_form": _PARSED,
    "employer_card_lengths": _PARSED,
    "person_pk": _GENERATED,
    "person_id_number_form": _PARSED,
    "person_id_number_once": _UPSERT,
    "employment_pk": _GENERATED,
    "employment_of_person": _LOCKED,
    "employment_state_known": _ENUM,
    "employment_months_are_first_days": _FIRST_DAY,
    "file_amount_pk": _UPSERT,
    "file_amount_of_employment": _LOCKED,
    "file_amount_month_is_first_day": _FIRST_DAY,
    "payment_notice_pk": _GENERATED,
    "payment_notice_code_once": "codes of an employer are drawn while its row is locked, from those not taken",
    "payment_notice_of_employer": _LOCKED,
    "payment_notice_merged_into_notice": _LOCKED,
    "payment_notice_order_code_form": _PARSED,
    "payment_notice_amount_positive": _OWN,
    "payment_notice_state_known": _ENUM,
    "payment_notice_merged_names_where": _OWN,
    "payment_notice_decided_when": _OWN,
    "payment_notice_frozen": _NEVER,
    "remittance_order_pk": _GENERATED,
    "remittance_order_paid_by_notice": _LOCKED,
    "remittance_order_kind_known": _ENUM,
    "remittance_order_state_known": _ENUM,
    "remittance_order_approved_has_notice": _OWN,
    "remittance_order_months_in_order": "a MonthRange is in order",
    "remittance_order_months_are_first_days": _FIRST_DAY,
    "remittance_order_not_empty": _CHECKED,
    "order_line_pk": _UPSERT,
    "order_line_of_order": _LOCKED,
    "order_line_source_known": _ENUM,
    "order_line_month_is_first_day": _FIRST_DAY,
    "order_line_never_emptied": _NEVER,
    "lump_cover_pk": _UPSERT,
    "lump_cover_of_order": _LOCKED,
    "lump_cover_month_is_first_day": _FIRST_DAY,
    "lump_cover_never_emptied": _NEVER,
    "claim_of_person": _OWN,
    "claim_of_order": _LOCKED,
    "claim_month_is_first_day": _OWN,
    "bank_account_pk": _GENERATED,
    "bank_account_number_once": _UPSERT,
    "statement_pk": _GENERATED,
    "statement_once": _UPSERT,
    "statement_of_account": _LOCKED,
    "statement_state_known": _LEASED,
    "statement_gap_only_when_held": _LEASED,
    "statement_finished_when": _LEASED,
    "statement_account_known_when_proven": _LEASED,
    "statement_delivery_once": _UPSERT,
    "statement_delivery_of_statement": _LOCKED,
    "statement_chunk_pk": _OWN,
    "statement_chunk_of_statement": _LOCKED,
    "statement_chunk_size": _OWN,
    "statement_release_once": _LEASED,
    "statement_release_of_statement": _LOCKED,
    "staged_line_canonical": _BANK,
    "bank_line_pk": _GENERATED,
    "bank_line_once": _UPSERT,
    "bank_line_of_account": _LOCKED,
    "bank_line_of_statement": _LOCKED,
    "bank_line_direction_known": _ENUM,
    "bank_line_amount_not_negative": _BANK,
    "bank_line_disposition_known": _BANK,
    "settlement_once": _MONEY,
    "settlement_of_notice": _MONEY,
    "allocation_once": _MONEY,
    "allocation_of_line": _MONEY,
    "allocation_of_settlement": _MONEY,
    "allocation_amount_positive": _MONEY,
    "ledger_entry_pk": _GENERATED,
    "ledger_entry_once": _MONEY,
    "ledger_entry_of_person": _MONEY,
    "ledger_entry_kind_known": _MONEY,
    "ledger_entry_not_zero": _MONEY,
    "ledger_entry_only_added": _NEVER,
    "line_case_pk": _GENERATED,
    "line_case_once": _BANK,
    "line_case_of_line": _LOCKED,
    "line_case_of_employer": _LOCKED,
    "line_case_kind_known": _ENUM,
    "line_case_state_known": _ENUM,
    "line_case_refund_of_credit": _BANK,
    "line_case_refund_knows_account": _BANK,
    "refund_attempt_pk": _GENERATED,
    "refund_attempt_of_case": _LOCKED,
    "refund_attempt_one_at_a_time": _LOCKED,
    "refund_attempt_state_known": _ENUM,
    "refund_attempt_amount_positive": _OWN,
    "outbox_pk": _GENERATED,
    "outbox_wakes_relay": "it refuses nothing",
    "upload_pk": _GENERATED,
    "upload_chunk_pk": _OWN,
    "upload_chunk_of_upload": _LOCKED,
    "upload_chunk_size": _OWN,
    "simulation_pk": _GENERATED,
    "simulation_of_upload": _LOCKED,
    "simulation_state_known": _LEASED,
    "simulation_answered_when": _LEASED,
    "simulation_has_bytes": _LEASED,
    "simulation_line_pk": _BANK,
    "simulation_line_of_simulation": _LOCKED,
    "application_pk": _GENERATED,
    "application_kind_known": _ENUM,
    "application_state_known": _ENUM,
    "application_not_empty": _CHECKED,
    "change_record_pk": _GENERATED,
    "change_record_of_employer": _LOCKED,
    "change_record_of_employment": _LOCKED,
    "change_record_by_application": _LOCKED,
    "change_record_month_is_first_day": _FIRST_DAY,
    "change_record_only_added": _NEVER,
    "attachment_pk": _GENERATED,
    "attachment_storage_key_once": _GENERATED,
    "attachment_has_one_owner": "the transaction of an employer, or of a registration session, names itself",
    "attachment_file_name_length": "the name was cleaned by libsubsidy",
    "attachment_state_known": _ENUM,
    "attachment_stored_is_whole": _OWN,
    "attachment_bound_to_something": _OWN,
    "attachment_frozen": _NEVER,
    "case_assignment_pk": _GENERATED,
    "case_assignment_of_case": _LOCKED,
    "case_assignment_to_notice": _LOCKED,
    "case_assignment_state_known": _ENUM,
    "case_assignment_decided_when": _OWN,
    "case_assignment_one_at_a_time": _CHECKED,
    "case_assignment_two_people": _CHECKED,
    "portal_user_pk": _GENERATED,
    "portal_user_role_known": _ENUM,
    "portal_user_state_known": _ENUM,
    "portal_user_mobile_form": _PARSED,
    "portal_user_password_kind_known": _ENUM,
    "portal_user_password_ends": _OWN,
    "portal_user_initial_of_employer": _OWN,
    "portal_user_activates_initial": _OWN,
    "sms_code_pk": _GENERATED,
    "sms_code_mobile_form": _PARSED,
    "sms_code_purpose_known": _ENUM,
    "sms_message_pk": _GENERATED,
    "sms_message_mobile_form": _PARSED,
    "sms_message_text_length": "texts are our own, with facts of limited length",
    "sms_message_state_known": _ENUM,
    "sms_message_done_when": _OWN,
    "sms_message_wakes_sender": "it refuses nothing",
    "portal_session_pk": _GENERATED,
    "portal_session_of_user": _LOCKED,
    "api_token_pk": _GENERATED,
    "api_token_once": _GENERATED,
    "api_token_of_user": _LOCKED,
    "api_token_name_length": _CHECKED,
    "api_token_expires": _CHECKED,
    "login_failure_pk": _GENERATED,
    "login_place_pk": "written again, it is the same place at a later time",
    "saved_answer_once": "keys are looked for under a lock first",
    "saved_answer_key_length": "the portal reads no other header",
    "registration_pk": _GENERATED,
    "registration_became_employer": _LOCKED,
    "registration_mobile_form": _PARSED,
    "registration_state_known": _ENUM,
    "registration_submitted_when": _OWN,
    "registration_submitted_for_whom": _PARSED,
    "registration_approved_has_employer": _OWN,
    "registration_frozen": _CHECKED,
    "registration_session_pk": _GENERATED,
    "registration_session_of_registration": _LOCKED,
    "user_preference_once": _UPSERT,
    "note_pk": _GENERATED,
    "audit_event_pk": _GENERATED,
    "audit_event_only_added": _NEVER,
    "audit_event_wakes_watchers": "it refuses nothing",
}


def translate(error: IntegrityConstraintViolationError) -> Violation | None:
    """Say what the broken constraint means; None for one that input cannot break."""
    key = TRANSLATIONS.get(error.constraint_name or "")
    return None if key is None else violation(key)


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the database refuses as a `RefusedError` whose cause is the driver's error.

    The transaction is broken then, as after any error of the database: the caller's `acting` rolls it back.
    """
    try:
        yield
    except IntegrityConstraintViolationError as error:
        meaning = translate(error)
        if meaning is None:
            raise
        raise RefusedError(meaning) from error
