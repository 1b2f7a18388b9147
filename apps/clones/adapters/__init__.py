"""Where clones meet what is not trusted: pictures from strangers."""
