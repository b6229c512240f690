"""The watch: what is due, overdue or abnormal, for whom, why, and how fast somebody must act."""
