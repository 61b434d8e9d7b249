"""What holds at every entrance: no input, socket or slow connection passes it unchecked."""
