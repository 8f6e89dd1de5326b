"""Models: encoders, decoders, priors and likelihoods, and frozen copies of them."""
