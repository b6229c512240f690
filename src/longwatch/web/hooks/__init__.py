"""CDS Hooks 2.0: cards in another system, where somebody opens a chart or signs an order."""
