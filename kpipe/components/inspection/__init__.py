"""What is known about a class and its arguments: signature, docstring, annotations, and the overlay."""
