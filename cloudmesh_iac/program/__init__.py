"""What does this program declare? The parent answers its registrations, the child runs it."""
