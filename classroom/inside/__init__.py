"""What runs in a sandbox, beside a student's code. It knows no answer."""
