"""One file for each version of the schema. A step says for itself what it makes and never imports the mappings."""
