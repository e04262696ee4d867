import pytest
@pytest.mark.conformance("torch", "x", "untouched")
def test_x(launch):
    assert launch("torchrun", 2) == [0, 1]
