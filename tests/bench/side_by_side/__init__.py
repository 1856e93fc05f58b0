"""The same resources made by cmx, by Pulumi's engine and by Terraform, in one run."""
