"""Hard cases: small training steps that torch treats in a way of its own, each run alone and under the probe."""
