"""Sound in the sandbox: a process of its own that takes the websockets of telephones and mixes what each hears."""
