"""What has this person, and this site's administrator, configured?"""
