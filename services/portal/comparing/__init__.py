"""What keeps somebody out of a month (为什么没有这个人), and what is other than in the month before (与上月比较)."""
