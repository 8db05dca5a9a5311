"""A user's own scans of people as training data: the five steps of PaMIR's data set, and the body inside each scan."""
