"""The processes of one hub on one machine: one that does everything, or one that routes and its edges."""
