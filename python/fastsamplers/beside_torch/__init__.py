"""What ``fastsamplers bench`` does: measures samplers of torch and of this package on a machine."""
