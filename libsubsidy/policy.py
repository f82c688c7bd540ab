"""Every number a bureau may change, with its source beside it.

The widths of the memo's codes are constants of the grammar and not settings: a second width is added here, beside the
first, and old memos stay readable because `x` and `o` delimit the codes.

>>> Policy().back_pay_months_max
12
>>> Policy(back_pay_months_max=0)
Traceback (most recent call last):
ValueError: 'back_pay_months_max' must be >= 1: 0
"""

from typing import Final

from attrs import field, frozen, validators

# "一共11位字符": five digits, x, four characters, o. Manual L393.
EMPLOYER_CODE_DIGITS: Final = 5
ORDER_CODE_CHARACTERS: Final = 4


def _at_least(smallest: int, default: int) -> int:
    return field(default=default, validator=[validators.instance_of(int), validators.ge(smallest)])


@frozen(kw_only=True)
class Policy:
    """The numbers of one bureau.

    Attributes:
        back_pay_months_max: months in one monthly back-payment, inclusive.
        back_pay_orders_max: orders into which a longer monthly back-payment is split at once.
        remittance_months_ahead: how many months after the current one may be remitted.
        lump_missed_months_max: months one person's lump sum (漏缴) may name.
        order_lines_max: lines in one order.
        hold_days: days an unsettled credit waits for a person before it is listed for a refund batch.
        order_codes_alarm_percent: share of an employer's order codes in use that raises the alarm.
        activation_days: days in which the initial password may be changed.
        one_time_password_days: days in which a password that somebody else has reset may be changed.
        move_months_ahead: how many months after the current one a seal, an unsealing or a transfer may begin.
        transfer_answer_days: days after which an unanswered transfer goes back.
        transfer_needs_bureau: the bureau agrees, too, after the new employer has accepted a transfer.
        currency: ISO 4217 code of the money that settles.
        attachment_bytes_max: of one attached file.
        attachments_per_slot_max: files in one slot (附件).
        attachments_per_application_max: files of one application, over all its slots.
        attachment_pixels_max: of one attached picture.
        attachment_pages_max: of one attached PDF.
        upload_needs_release: a statement that a person uploaded waits for a second person.
    """

    # "如若按月补缴，每次补缴不可超过十二个月": manual L381.
    back_pay_months_max: int = _at_least(1, 12)
    # The manual is silent ("每次" only); our own limit, so that every input has one: thirty years.
    back_pay_orders_max: int = _at_least(1, 30)
    # The manual is silent; decision D-7: the current month and the next.
    remittance_months_ahead: int = _at_least(0, 1)
    # The manual is silent; our own limit, so that every input has one: thirty years.
    lump_missed_months_max: int = _at_least(1, 360)
    # The manual is silent; our own limit: 20,000 employees (domain §4.2 "Selection") in twelve months.
    order_lines_max: int = _at_least(1, 240_000)
    # "会被原路退回" names no delay (manual L391); a person decides every refund, and this is when it is asked for.
    hold_days: int = field(default=3, validator=[validators.instance_of(int), validators.ge(0)])
    # Design §3: alarm at 80 %.
    order_codes_alarm_percent: int = field(
        default=80, validator=[validators.instance_of(int), validators.ge(1), validators.le(100)]
    )
    # Design §12 on D-1: a window of 30 days.
    activation_days: int = _at_least(1, 30)
    # The manual is silent ("单位可自行帮其重置密码"); a week is our proposal.
    one_time_password_days: int = _at_least(1, 7)
    # The manual is silent; our own limit, so that a slip of the year is noticed.
    move_months_ahead: int = _at_least(0, 12)
    # Design §12 on I23 leaves the number to the bureau; a month is our proposal.
    transfer_answer_days: int = _at_least(1, 30)
    # "需要本单位审核确认" names the new employer alone (manual L185); decision D-10: a switch, off by default.
    transfer_needs_bureau: bool = field(default=False, validator=validators.instance_of(bool))
    # The fund's account is in yuan (manual L387).
    currency: str = field(default="CNY", validator=validators.matches_re(r"[A-Z]{3}"))
    # OCR L162 shows a photo of 1,891.6 kB; the best phones' are ten times as large. Our own limits, as all of these.
    attachment_bytes_max: int = _at_least(1, 20 * 1024**2)
    attachments_per_slot_max: int = _at_least(1, 10)
    attachments_per_application_max: int = _at_least(1, 30)
    # A4 scanned at 600 dpi has 35 million; a picture that unpacks to more is a bomb or a poster.
    attachment_pixels_max: int = _at_least(1, 50_000_000)
    attachment_pages_max: int = _at_least(1, 100)
    # Design §5: any file uploaded by a person waits until a second person releases it.
    upload_needs_release: bool = field(default=True, validator=validators.instance_of(bool))
