"""The weekly report as a mail: composed, sent once, looked for where in doubt, answered, graded."""
