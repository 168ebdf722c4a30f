"""The picking station: its hall and bench, totes, goods and the arm."""
