"""Answering a report by mail: the signed token, the links, and their words."""
