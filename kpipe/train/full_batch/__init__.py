"""Training with an optimizer that needs the loss of the whole training part, such as L-BFGS."""
