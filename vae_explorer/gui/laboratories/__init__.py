"""Small laboratories beside the runs: bell curves to drag, and the divergences between them."""
