"""The door `/s/<slot>/`: pages of `kind: app` sessions, as a browser opens them."""
