"""Where contexts are introduced to one another: adapters behind the ports of one that call another, in one process."""
