"""The past, judged as if it were then: questions of any table, weeks of one owner, and grades."""
