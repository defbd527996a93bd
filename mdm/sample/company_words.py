"""The words company names are made of, and the mailboxes and mail providers companies use; all by country."""

from __future__ import annotations

# legal form -> other ways to write it
LEGAL_FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "US": {
        "LLC": ("L.L.C.", "Llc", "LLC."),
        "Inc": ("Inc.", "Incorporated", ", Inc."),
        "Corp": ("Corp.", "Corporation"),
        "Co": ("Co.", "Company"),
        "LP": ("L.P.",),
    },
    "GB": {"Ltd": ("Limited", "Ltd.", "LTD"), "PLC": ("plc", "P.L.C."), "LLP": ("L.L.P.",)},
    "DE": {
        "GmbH": ("GMBH", "Gesellschaft mbH", "G.m.b.H."),
        "GmbH & Co. KG": ("GmbH & Co KG", "GmbH u. Co. KG"),
        "AG": ("Aktiengesellschaft",),
        "e.K.": ("eK",),
        "UG": ("UG (haftungsbeschränkt)",),
    },
}
TRADES = {
    "US": "Auto Dental Foods Design Consulting Logistics Bakery Interiors Landscaping Plumbing Roofing Electric Realty "
    "Insurance Pharmacy Florist Catering Printing Hardware Fitness Veterinary Construction Cleaning Supply Optical",
    "GB": "Motors Dental Foods Design Consulting Logistics Bakery Interiors Landscapes Plumbing Roofing Electrical "
    "Estates Insurance Pharmacy Florists Catering Print Hardware Builders Cleaning Supplies Opticians Garage",
    "DE": "Autohaus Zahntechnik Lebensmittel Design Beratung Logistik Bäckerei Raumausstattung Gartenbau Sanitär "
    "Dachdecker Elektro Immobilien Versicherungen Apotheke Blumen Catering Druckerei Bau Gebäudereinigung Optik",
}
EXTRAS = {"US": ("Group", "Services", "Partners", "Solutions", "Center", "Associates", "& Sons", "Holdings",
                 "International", "Manufacturing", "Distribution"),
           "GB": ("Group", "Services", "Partners", "Solutions", "& Sons", "Holdings", "Centre",
                 "International", "Manufacturing"),
           "DE": ("Gruppe", "Service", "und Partner", "& Söhne", "Handel", "Technik", "International")}  # fmt: skip
BRIGHT = (
    "Summit Pioneer Evergreen Cornerstone Blue_Ridge Northstar Redwood Keystone Lighthouse Beacon Granite Harbor "
    "Sterling Liberty Apex Horizon Silverline Cascade Prairie Ironwood Crescent Meridian Vanguard Oakmont"
)


# the other companies of a family name: what is added to the core, and their legal form ("" is any other form)
SISTERS: dict[str, tuple[tuple[str, str], ...]] = {
    "US": (("", ""), ("", ""), ("Properties", "LLC"), ("Holdings", "Inc")),
    "GB": (("", ""), ("Holdings", "Ltd"), ("Properties", "Ltd")),
    "DE": (("", ""), ("", ""), ("Verwaltungs", "GmbH"), ("Beteiligungs", "GmbH")),
}
HEADS = {"US": ("Holdings", "Group", "Industries"), "GB": ("Holdings", "Group"), "DE": ("Holding", "Gruppe")}
CHAINS = {
    "US": ("Coffee", "Burgers", "Auto Parts", "Fitness", "Pizza", "Storage"),
    "GB": ("Coffee", "Bakery", "Tyres", "Fitness", "Pizza"),
    "DE": ("Backshop", "Getränkemarkt", "Fitness", "Baumarkt"),
}
STORES = {"US": ("Store {}", "#{}", "Unit {}"), "GB": ("Store {}", "Shop {}"), "DE": ("Filiale {}", "Markt {}")}
SCHOOLS = {
    "US": ("Elementary School", "Middle School", "High School", "Public Library", "Fire Department"),
    "GB": ("Primary School", "Secondary School", "Sixth Form College", "Community Centre"),
    "DE": ("Grundschule", "Gymnasium", "Kindergarten", "Realschule"),
}
MAILBOXES = {
    "US": ("info", "office", "reception", "frontdesk", "orders", "store{}", "register{}"),
    "GB": ("info", "office", "reception", "enquiries", "till{}"),
    "DE": ("info", "empfang", "buero", "einkauf", "kasse{}"),
}
FREE_MAIL = {"US": ("gmail.com", "yahoo.com", "aol.com"), "GB": ("gmail.com", "btinternet.com", "hotmail.co.uk"),
              "DE": ("gmx.de", "web.de", "t-online.de")}  # fmt: skip
