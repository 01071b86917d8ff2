"""What calculations say: the equations of each kind of layer, of losses and of updates, and the sentences between them."""
