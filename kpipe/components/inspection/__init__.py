"""What a class tells about its arguments: signature, docstring, annotations, and what the overlay adds."""
