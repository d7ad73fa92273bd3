"""The vocabulary of the program: plain frozen data, enums, protocols and errors. Standard library and numpy only."""
