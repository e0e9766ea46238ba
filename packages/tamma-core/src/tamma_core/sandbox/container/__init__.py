"""A wall by a container engine: for machines where people run podman or docker, and namespaces are the engine's to give."""
