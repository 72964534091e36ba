"""Clients that play: finalists, experts, phones, a stage to watch and an organiser, over the HTTP and websockets
that people use. The rehearsal and the autopilot seats of a running server are made of them.
"""
