"""A smoke."""
import torch.distributed as dist
from tests.frameworks.runs.report import report
dist.init_process_group("gloo")
report(dist.get_rank())
dist.destroy_process_group()
