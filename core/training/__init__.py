"""Training of our own networks: data sets of posed, clothed people, and what learns from them."""
