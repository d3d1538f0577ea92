"""What the two processes say to each other: messages, frames, the handshake. Stdlib only, no socket in sight.

``messages`` names every fact and every order, ``table`` holds columns of numbers, ``codec`` turns a message into
header and buffers, ``framing`` cuts a byte stream into frames, ``handshake`` proves the token on both sides. Nothing
may come in here that needs torch, Qt, numpy or an operating system's socket.
"""
