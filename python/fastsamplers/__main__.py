"""``python -m fastsamplers``: the command line."""

import sys

from fastsamplers.cli import main

sys.exit(main())
