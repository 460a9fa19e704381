"""Fetching in the window: who is fetched and how to stop it, what came out, the question before, and the schedule.

``desk`` starts and stops; ``panel`` shows progress and results; ``adoption`` asks before a mailbox is fetched for the
first time; ``scheduler`` fetches what is due while the window is open.
"""
