"""The super-block family: structure strings, their layers, networks, costs and closed-form scores, and two spaces."""
