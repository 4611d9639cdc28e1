"""The rules behind tools/lint, one module per group; see README.md."""
