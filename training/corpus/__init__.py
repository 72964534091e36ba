"""Own-written text on Singapore's culture and the generator that multiplies it. Nothing here is learned or served."""
