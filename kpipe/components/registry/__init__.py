"""All components that specs can use, by kind and name."""
