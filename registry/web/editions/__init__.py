"""The pages of editions: preparing, approving, publishing, and what has moved since."""
