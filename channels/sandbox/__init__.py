"""A local stand-in for the phone, SMS and mail providers. See README.md; `sandbox.Sandbox` is all the hub needs."""
