"""Nothing wrong comes in unseen, nothing half written is left behind."""
