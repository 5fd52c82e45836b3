"""Networks and spaces of one's own: any `torch.nn.Module` as an architecture, and spaces that a user's file defines."""
