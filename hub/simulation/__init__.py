"""Plans from forecasts and scenarios: `python -m hub simulate`. The router is the very one that serves customers.

Reading order: `sections`, `forecast` and `scenario_file` (what a person writes), `planning` (from it to
`routing.scenario`), `running` (the run and what it came to), `comparing` (two of them on the same customers), then
what is shown: `table`, `document`, `page`, `charts`. `samples/` has files to begin with. Nothing here reads or
changes a live hub.
"""
