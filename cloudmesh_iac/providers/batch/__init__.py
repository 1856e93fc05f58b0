"""What all schedulers share: job directories, scripts, outcomes, the two job resources."""
