"""The demo of `make demo`: a real clip is found again inside an edited video, through a real server."""
