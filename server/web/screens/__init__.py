"""One module per screen: from the room and a key to the tree of regions. Pure: no clock, no I/O, no HTML."""
