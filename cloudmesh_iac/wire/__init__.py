"""Values in Pulumi's formats, and back."""
