"""The weekly report as a mail: composed, sent once, searched for where unconfirmed, answered."""
