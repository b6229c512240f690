"""The JSON interface: what the pages show, for programs; its document is `/api/openapi.json`."""
