"""Training of PaMIR's networks with its losses (Zheng et al., TPAMI 2021): docs/pamir-training.md."""
