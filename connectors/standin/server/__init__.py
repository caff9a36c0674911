"""The server: Google's APIs over HTTP on loopback, answered from a world."""
