"""What happens when? Planning and applying, against ports."""
