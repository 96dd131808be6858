"""Tools for a developer's machine: the embedded servers, `./dev`, screenshots. Nothing here runs in production."""
