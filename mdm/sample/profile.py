"""What a sample population is like: every rate of life and noise in one value, with ready-made profiles."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class SystemRates:
    """How one source object sees people: how many it holds, what it asks them for, and how it writes it down."""

    presence: float
    duplicate: float
    email: float
    mobile: float
    landline: float
    address: float
    birth: float
    middle: float
    capitals: float = 0.0
    ascii_only: float = 0.0
    truncate: int = 0
    tax: float = 0.0
    bare: float = 0.0


@dataclass(frozen=True)
class CompanyRates:
    """How many customers are companies, and how their names and records vary (all shares, 0..1)."""

    share: float = 0.03
    branch: float = 0.06

    # per founding: several companies that look like one, and are not
    group: float = 0.04
    sisters: float = 0.03
    chain: float = 0.02
    schools: float = 0.012
    name_elsewhere: float = 0.025
    group_at_one_site: float = 0.75
    group_domain: float = 0.7
    neighbouring_tax: float = 0.6

    # per company: the building it shares with strangers, and what happened to it
    tenant: float = 0.16
    serviced_office: float = 0.03
    registered_office: float = 0.03
    suite_missing: float = 0.3
    moved: float = 0.07
    renamed: float = 0.012
    trading_name: float = 0.06
    other_phone: float = 0.25
    free_mail: float = 0.12
    role_mailbox: float = 0.35

    # per record
    account: float = 0.75
    erp: float = 0.8
    duplicate: float = 0.12
    website: float = 0.7
    tax_number: float = 0.45
    legal_form_dropped: float = 0.2
    legal_form_other_spelling: float = 0.3
    abbreviation: float = 0.12
    parent_named: float = 0.7
    group_parent_named: float = 0.5
    trading_name_shown: float = 0.5
    tax_typo: float = 0.025
    truncated: float = 0.3
    capitals: float = 0.05
    free_mail_website: float = 0.04


@dataclass(frozen=True)
class Profile:
    """Rates are probabilities per household, person or record, as the group's comment says."""

    # who lives where: (ISO country, weight) and (Faker locale, weight) per country
    countries: tuple[tuple[str, float], ...] = (("US", 1.0),)
    origins: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = (
        (
            "US",
            (
                ("en_US", 0.80), ("es_MX", 0.08), ("en_IE", 0.03), ("it_IT", 0.015), ("de_DE", 0.015),
                ("nl_NL", 0.015), ("fr_FR", 0.01), ("sv_SE", 0.005), ("tr_TR", 0.005), ("vi_VN", 0.01),
                ("en_IN", 0.015),
            ),
        ),
        ("GB", (("en_GB", 0.82), ("en_IE", 0.06), ("en_IN", 0.07), ("it_IT", 0.02), ("fr_FR", 0.01), ("nl_NL", 0.02))),
        (
            "DE",
            (
                ("de_DE", 0.83), ("tr_TR", 0.08), ("it_IT", 0.04), ("nl_NL", 0.02), ("es_MX", 0.01), ("sv_SE", 0.01),
                ("en_US", 0.01),
            ),
        ),
    )  # fmt: skip
    rare_family_name: float = 0.18

    # per household
    couple: float = 0.28
    family: float = 0.17
    flatmates: float = 0.05
    twins: float = 0.015
    similar_twins: float = 0.35
    junior: float = 0.02
    apartment: float = 0.24
    same_building: float = 0.6
    move: float = 0.22
    landline: float = 0.4
    shared_email: float = 0.06
    look_alike: float = 0.16
    same_initial: float = 0.12
    junior_female: float = 0.25
    junior_no_suffix: float = 0.35
    junior_same_day: float = 0.1
    junior_shares_contact: float = 0.35
    family_mobile: float = 0.06
    unitless_building: float = 0.35
    building_surname: float = 0.06
    tax_number: float = 0.5
    tax_in_sequence: float = 0.12

    # per person
    married_name: float = 0.2
    hyphenated_name: float = 0.12
    old_email_name: float = 0.6
    namesake: float = 0.02
    same_name_and_birth: float = 0.003
    recycled_namesake: float = 0.004
    colleague_namesake: float = 0.006
    passing: float = 0.06
    passing_namesake: float = 0.6
    middle_name: float = 0.6
    second_email: float = 0.35
    old_mobile: float = 0.2
    recycled_mobile: float = 0.04
    employed_by_customer: float = 0.15
    role_contact: float = 0.6
    household_card: float = 0.015

    # per record: which of a person's true values it shows
    other_email: float = 0.22
    household_email: float = 0.3
    work_email: float = 0.12
    work_phone: float = 0.08
    role_record: float = 0.5
    family_mobile_shown: float = 0.3
    stale_value: float = 0.3
    card_quoted: float = 0.25
    order_quoted: float = 0.3

    # per record: how the name is written
    nickname: float = 0.10
    initial: float = 0.025
    swapped_name: float = 0.01
    middle_in_given: float = 0.07
    suffix_missing: float = 0.35
    name_typo: float = 0.035
    case_slip: float = 0.012
    diacritics_lost: float = 0.35
    particle_changed: float = 0.25
    hyphen_changed: float = 0.3
    given_missing: float = 0.02

    # per record: how everything else is written
    email_typo: float = 0.01
    email_domain_typo: float = 0.008
    email_shouted: float = 0.03
    gmail_dots: float = 0.04
    plus_tag: float = 0.025
    phone_typo: float = 0.012
    birth_swapped: float = 0.012
    birth_off: float = 0.012
    birth_typo: float = 0.008
    birth_transposed: float = 0.006
    birth_wrong: float = 0.004
    tax_typo: float = 0.03
    street_typo: float = 0.03
    street_abbreviated: float = 0.45
    unit_dropped: float = 0.12
    unit_in_street: float = 0.5
    postcode_extended: float = 0.14
    postcode_zero_lost: float = 0.03
    postcode_missing: float = 0.03
    city_typo: float = 0.015
    address_part_missing: float = 0.04
    country_missing: float = 0.2

    # per record: placeholders and values many share
    placeholder_email: float = 0.012
    placeholder_phone: float = 0.012
    placeholder_birth: float = 0.015
    placeholder_name: float = 0.002
    store_phone: float = 0.006
    store_email: float = 0.003

    # per record: shop and loyalty
    guest: float = 0.4
    extra_address: float = 0.15
    half_filled: float = 0.2

    # the next day, per record
    delta_new: float = 0.003
    delta_changed: float = 0.007
    delta_deleted: float = 0.0015

    contact: SystemRates = SystemRates(0.57, 0.06, 0.86, 0.6, 0.35, 0.82, 0.38, 0.3, bare=0.015)
    lead: SystemRates = SystemRates(0.12, 0.03, 0.9, 0.45, 0.0, 0.3, 0.0, 0.0, bare=0.02)
    netsuite: SystemRates = SystemRates(
        0.43, 0.05, 0.55, 0.25, 0.8, 0.95, 0.0, 0.35, capitals=0.55, ascii_only=0.9, truncate=22, tax=0.85, bare=0.01
    )
    shopify: SystemRates = SystemRates(0.74, 0.17, 0.97, 0.4, 0.0, 0.88, 0.0, 0.0)
    loyalty: SystemRates = SystemRates(0.57, 0.04, 0.76, 0.78, 0.0, 0.6, 0.65, 0.0, bare=0.01)
    zendesk: SystemRates = SystemRates(0.22, 0.03, 0.9, 0.38, 0.0, 0.0, 0.0, 0.1, bare=0.02)
    company: CompanyRates = CompanyRates()


DEFAULT = Profile()

HARDER = replace(
    DEFAULT,
    twins=0.03,
    junior=0.04,
    similar_twins=0.5,
    apartment=0.35,
    move=0.35,
    shared_email=0.12,
    married_name=0.35,
    look_alike=0.2,
    same_initial=0.2,
    junior_no_suffix=0.5,
    junior_same_day=0.15,
    unitless_building=0.45,
    building_surname=0.1,
    namesake=0.04,
    same_name_and_birth=0.006,
    recycled_namesake=0.008,
    colleague_namesake=0.01,
    passing=0.1,
    second_email=0.5,
    old_mobile=0.35,
    recycled_mobile=0.08,
    household_card=0.04,
    other_email=0.28,
    stale_value=0.4,
    nickname=0.16,
    initial=0.05,
    swapped_name=0.025,
    middle_in_given=0.12,
    suffix_missing=0.55,
    name_typo=0.06,
    case_slip=0.025,
    email_typo=0.025,
    email_domain_typo=0.02,
    phone_typo=0.03,
    birth_swapped=0.03,
    birth_off=0.025,
    birth_typo=0.02,
    birth_transposed=0.012,
    birth_wrong=0.008,
    tax_typo=0.05,
    street_typo=0.07,
    unit_dropped=0.25,
    postcode_missing=0.07,
    city_typo=0.04,
    address_part_missing=0.1,
    placeholder_email=0.03,
    placeholder_phone=0.03,
    placeholder_birth=0.03,
    placeholder_name=0.006,
    store_phone=0.015,
    guest=0.55,
    half_filled=0.35,
    contact=SystemRates(0.56, 0.1, 0.78, 0.52, 0.35, 0.7, 0.28, 0.25, bare=0.025),
    netsuite=SystemRates(
        0.43, 0.09, 0.48, 0.2, 0.7, 0.9, 0.0, 0.25, capitals=0.6, ascii_only=0.95, truncate=20, tax=0.8, bare=0.02
    ),
    shopify=SystemRates(0.72, 0.2, 0.95, 0.35, 0.0, 0.8, 0.0, 0.0),
    loyalty=SystemRates(0.56, 0.07, 0.68, 0.7, 0.0, 0.5, 0.5, 0.0, bare=0.02),
)

GERMAN_UK = replace(DEFAULT, countries=(("DE", 0.55), ("GB", 0.35), ("US", 0.10)))
