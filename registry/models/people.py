from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Whoever may sign in. Users are deactivated, never deleted: history names them for ever."""
