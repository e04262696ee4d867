"""What `make wheels` proves of a release: the source archive, the wheels, their instructions."""
