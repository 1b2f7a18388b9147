"""The Terminal link against a Terminal of the tests' own."""
