"""The names of the roles, which are those of their groups. No Django: the settings ask too."""

ROLE_NAMES = ("Reader", "Editor", "Auditor", "Administrator")
