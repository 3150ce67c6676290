"""Weeks of one pretend group in seconds: the real core under a clock that is stepped, and people who follow a script.

`plan` says what was asked for and what happens when, `cast` who is there and what they do, `world` holds clock and
chat, `play` moves them, `diary` is the timeline.
"""
