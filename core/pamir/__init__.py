"""The PaMIR route: the networks of Zheng et al., PaMIR (TPAMI 2021), with the weights that the user brings."""
