"""The names of the roles, which are the names of their groups. Without Django, as the settings use them."""

ROLE_NAMES = ("Reader", "Editor", "Auditor", "Administrator")
