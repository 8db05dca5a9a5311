"""The open method: Restage's own network, trained on free data."""
