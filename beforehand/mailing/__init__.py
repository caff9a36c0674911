"""The weekly report as a mail: composed, sent once, answered, graded."""
