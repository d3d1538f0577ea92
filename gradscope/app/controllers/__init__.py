"""What joins session and views: the only part of the window that knows both."""
