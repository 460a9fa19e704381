"""The window's words: errors, rules, checks, traces, states and times as sentences that Qt can translate.

What they hold comes in part from mails and servers: labels show it as ``Qt.TextFormat.PlainText``, never as rich text.
"""
