"""The smallest context there can be: it hears of fills and writes each of them down once."""
