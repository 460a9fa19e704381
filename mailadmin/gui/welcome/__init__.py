"""The first start: three ways on, and where things will be kept."""
