"""The shell: clock, database, network and wiring around the four other rooms."""
