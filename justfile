# The same tasks by another name: `just run` is `cargo xtask run`.

# Builds everything and starts it with the demo.
run *arguments:
    cargo xtask run {{arguments}}

# All that CI checks.
test *arguments:
    cargo xtask test {{arguments}}

# What needs PostgreSQL, against other majors.
postgres *arguments:
    cargo xtask postgres {{arguments}}

# Measures, and prints a table.
bench *arguments:
    cargo xtask bench {{arguments}}

# Writes or checks the API's description.
openapi *arguments:
    cargo xtask openapi {{arguments}}

# Builds the browser's files.
web *arguments:
    cargo xtask web {{arguments}}

# Installs what the other tasks need.
setup:
    cargo xtask setup

# Release binaries and the interface as files.
dist:
    cargo xtask dist
