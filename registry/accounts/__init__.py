"""Who may enter, and as what: roles, sessions, and from where a request comes."""
